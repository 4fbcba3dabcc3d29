/** BrowserWindow and its webContents: a page of the one Chromium. */
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type { BrowserContext, Page, Route } from 'playwright-core'
import type { Machine } from './machine.ts'
import { shownAs, trueName } from './schemes.ts'
import { linkWorlds, type WorldLink } from './world-link.ts'

interface WindowOptions {
  readonly width?: number
  readonly height?: number
  readonly x?: number
  readonly y?: number
  readonly show?: boolean
  readonly backgroundColor?: string
  readonly webPreferences?: { readonly preload?: string }
}

class PreventableEvent {
  isPrevented = false
  readonly url: string

  constructor(url = '') {
    this.url = url
  }

  preventDefault(): void {
    this.isPrevented = true
  }
}

type WindowOpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' }

export class WebContents extends EventEmitter {
  link: WorldLink | undefined
  openHandler: WindowOpenHandler = () => ({ action: 'allow' })

  send(channel: string, ...args: unknown[]): void {
    this.link?.send(channel, structuredClone(args))
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.openHandler = handler
  }
}

export function browserWindowOf(machine: Machine) {
  return class BrowserWindow extends EventEmitter {
    static getAllWindows(): unknown[] {
      return [...machine.windows]
    }

    readonly webContents = new WebContents()
    readonly options: WindowOptions
    /** For the tests. */
    readonly page: Promise<Page>
    isShown: boolean
    isMax = false
    /** For the tests. */
    backgroundColour: string | undefined
    #isOurLoad = false
    #bounds: { x: number; y: number; width: number; height: number }

    constructor(options: WindowOptions = {}) {
      super()
      this.options = options
      this.isShown = options.show ?? true
      this.backgroundColour = options.backgroundColor
      const { x = 0, y = 0, width = 800, height = 600 } = options
      this.#bounds = { x, y, width, height }
      machine.windows.add(this)
      machine.emit('changed')
      machine.app.emit('web-contents-created', {}, this.webContents)
      this.page = this.#open(machine.context)
      this.page.catch(() => {})
    }

    async #open(context: BrowserContext): Promise<Page> {
      const page = await context.newPage()
      await page.emulateMedia(this.#colours)
      await page.setViewportSize({ width: this.#bounds.width, height: this.#bounds.height })
      await page.route('**/*', route => this.#routed(page, route))
      page.on('popup', popup => {
        const { action } = this.webContents.openHandler({ url: trueName(popup.url()) })
        if (action === 'deny') void popup.close()
      })
      page.on('close', () => this.#closed())
      page.on('crash', () =>
        this.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 }),
      )
      page.on('pageerror', error => machine.pageErrors.push(error.message))
      page.on('console', message => {
        if (message.type() === 'error') machine.pageErrors.push(message.text())
      })
      const { preload } = this.options.webPreferences ?? {}
      this.webContents.link = await linkWorlds(page, {
        preload: preload === undefined ? '' : readFileSync(preload, 'utf8'),
        answer: (message, sender) =>
          machine.ipcMain.answer(message, { sender: this.webContents, senderFrame: named(sender) }),
      })
      return page
    }

    /** All that the page fetches: navigations are asked about, our schemes are answered by main, the rest goes on. */
    async #routed(page: Page, route: Route): Promise<void> {
      const request = route.request()
      const url = trueName(request.url())
      const isNavigation = request.isNavigationRequest() && request.frame() === page.mainFrame()
      if (isNavigation && !this.#isOurLoad) {
        const event = new PreventableEvent(url)
        this.webContents.emit('will-navigate', event)
        if (event.isPrevented) return route.abort('aborted')
      }
      const handler = machine.protocol.handlers.get(new URL(url).protocol.slice(0, -1))
      if (handler === undefined) return route.continue()
      const response = await handler(new Request(url, { method: request.method() }))
      return route.fulfill({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: Buffer.from(await response.arrayBuffer()),
      })
    }

    async loadURL(url: string): Promise<void> {
      const page = await this.page
      this.#isOurLoad = true
      try {
        await page.goto(shownAs(url), { waitUntil: 'load' })
      } finally {
        this.#isOurLoad = false
      }
      this.emit('ready-to-show')
    }

    /** What the page is told that the user prefers. */
    get #colours() {
      return { colorScheme: machine.theme.shouldUseDarkColors ? 'dark' : 'light' } as const
    }

    recolour(): void {
      const recoloured = this.page.then(page => page.emulateMedia(this.#colours))
      recoloured.catch(() => {
        // It was closed meanwhile.
      })
    }

    setBackgroundColor(colour: string): void {
      this.backgroundColour = colour
    }

    reload(): void {
      void this.page.then(page => page.reload())
    }

    show(): void {
      this.isShown = true
      this.emit('show')
    }

    focus(): void {
      this.emit('focus')
    }

    hide(): void {
      this.isShown = false
      this.emit('hide')
    }

    restore(): void {
      this.emit('restore')
    }

    maximize(): void {
      this.isMax = true
    }

    isMaximized(): boolean {
      return this.isMax
    }

    isMinimized(): boolean {
      return false
    }

    isFocused(): boolean {
      return this.isShown
    }

    isDestroyed(): boolean {
      return !machine.windows.has(this)
    }

    getNormalBounds() {
      return this.#bounds
    }

    /** As the user closes it. */
    close(): void {
      const event = new PreventableEvent()
      this.emit('close', event)
      if (!event.isPrevented) this.destroy()
    }

    destroy(): void {
      void this.page.then(page => page.close()).catch(() => {})
      this.#closed()
    }

    #closed(): void {
      if (!machine.windows.delete(this)) return
      this.webContents.link = undefined
      this.emit('closed')
      machine.emit('changed')
      if (machine.windows.size === 0) machine.app.allWindowsClosed()
    }
  }
}

export type BrowserWindowTwin = InstanceType<ReturnType<typeof browserWindowOf>>

function named(frame: { url: string; parent: unknown }): { url: string; parent: unknown } {
  return { url: trueName(frame.url), parent: frame.parent }
}
