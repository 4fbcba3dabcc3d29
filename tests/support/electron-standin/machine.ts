/** One run of the app on a computer that a test can look into: what main has made and what a user or the system could do to it. */
import { EventEmitter, once } from 'node:events'
import type { BrowserContext } from 'playwright-core'
import { AppTwin } from './app.ts'
import type { BrowserWindowTwin } from './browser-window.ts'
import { MainClock } from './main-clock.ts'
import type { MenuTwin } from './menu.ts'
import { type ColorScheme, NativeThemeTwin } from './native-theme.ts'
import type { FromPage } from './world-link.ts'

type Handler = (event: object, ...args: unknown[]) => unknown

export interface MachineOptions {
  readonly context: BrowserContext
  /** Where the app keeps its own files. */
  readonly userData: string
  readonly locale: string
  readonly colorScheme: ColorScheme
  readonly systemProxy: string
  readonly isPackaged?: boolean
  /** Of the processes that the app starts. */
  readonly env: NodeJS.ProcessEnv
  /** Put before their command: `ip netns exec NAME`. */
  readonly within?: readonly string[]
}

/** Emits `changed` when a test may look again. */
export class Machine extends EventEmitter {
  readonly context: BrowserContext
  readonly env: NodeJS.ProcessEnv
  readonly within: readonly string[]
  readonly app: AppTwin
  readonly clock = new MainClock()
  readonly windows = new Set<BrowserWindowTwin>()
  readonly trays: { tip: string; icon: string; menu: MenuTwin | undefined; emitter: EventEmitter }[] = []
  readonly notifications: { title: string; body: string; emitter: EventEmitter }[] = []
  readonly clipboard = { text: '' }
  /** The file that the user picks when asked where to save; without it they change their mind. */
  savesTo?: string
  /** The names that were proposed then. */
  readonly asksWhereTo: string[] = []
  /** What was handed to the system's browser or file manager. */
  readonly opened: string[] = []
  /** What the system says about proxies, and the URLs for which it was asked. */
  readonly systemProxy: string
  readonly asked: string[] = []
  readonly power = new EventEmitter()
  readonly theme: NativeThemeTwin
  readonly protocol = { handlers: new Map<string, (request: Request) => Promise<Response> | Response>() }
  readonly permissions: { request?: (...args: never[]) => void; check?: (...args: never[]) => boolean } = {}
  readonly processes = new Set<{ readonly pid: number | undefined; kill(): boolean }>()
  /** Errors that pages wrote to their console. */
  readonly pageErrors: string[] = []
  readonly #handlers = new Map<string, Handler>()

  constructor(options: MachineOptions) {
    super()
    this.context = options.context
    this.env = options.env
    this.within = options.within ?? []
    this.systemProxy = options.systemProxy
    this.app = new AppTwin(options)
    this.theme = new NativeThemeTwin(options.colorScheme)
    this.theme.on('updated', () => {
      for (const window of this.windows) window.recolour()
    })
  }

  /** Resolves as soon as `look` gives something. @throws where that takes too long */
  async until<T>(what: string, look: () => T | undefined, withinMs = 60_000): Promise<T> {
    const late = AbortSignal.timeout(withinMs)
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      await once(this, 'changed', { signal: late }).catch(() => {
        throw new Error(`${what} did not come in time`)
      })
    }
  }

  readonly ipcMain = {
    handle: (channel: string, handler: Handler): void => {
      if (this.#handlers.has(channel))
        throw new Error(`Attempted to register a second handler for '${channel}'`)
      this.#handlers.set(channel, handler)
    },
    answer: async ({ channel, args }: FromPage, event: object): Promise<unknown> => {
      const handler = this.#handlers.get(channel)
      if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
      return structuredClone(await handler(event, ...args))
    },
  }
}
