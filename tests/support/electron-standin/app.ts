/** Electron's `app`: the life of the process, paths, the login item. Quitting ends the run, not the test's process. */
import { EventEmitter } from 'node:events'

export interface AppTwinOptions {
  readonly userData: string
  readonly locale: string
  /** Installed, not started from its sources: what looks for updates. */
  readonly isPackaged?: boolean
}

export class AppTwin extends EventEmitter {
  /** Resolves with the exit status once the app has quit. */
  readonly ended: Promise<number>
  loginItem: { openAtLogin: boolean; args?: readonly string[] } = { openAtLogin: false }
  readonly schemes = new Set<string>()
  wasRelaunched = false
  readonly #userData: string
  readonly #locale: string
  readonly #end: (status: number) => void

  constructor({ userData, locale, isPackaged = false }: AppTwinOptions) {
    super()
    this.isPackaged = isPackaged
    this.#userData = userData
    this.#locale = locale
    const { promise, resolve } = Promise.withResolvers<number>()
    this.ended = promise
    this.#end = resolve
  }

  readonly isPackaged: boolean
  readonly name = 'Tildegate'

  whenReady(): Promise<void> {
    return Promise.resolve()
  }

  requestSingleInstanceLock(): boolean {
    return true
  }

  enableSandbox(): void {}

  getPath(_name: string): string {
    return this.#userData
  }

  getName(): string {
    return this.name
  }

  getVersion(): string {
    return '0.0.0-test'
  }

  getLocale(): string {
    return this.#locale
  }

  setAsDefaultProtocolClient(scheme: string): boolean {
    this.schemes.add(scheme)
    return true
  }

  setAppUserModelId(_id: string): void {}

  setLoginItemSettings(settings: { openAtLogin: boolean; args?: readonly string[] }): void {
    this.loginItem = settings
  }

  getLoginItemSettings(): { openAtLogin: boolean; wasOpenedAtLogin: boolean } {
    return { openAtLogin: this.loginItem.openAtLogin, wasOpenedAtLogin: false }
  }

  quit(): void {
    let isPrevented = false
    this.emit('before-quit', { preventDefault: () => (isPrevented = true) })
    if (isPrevented) return
    this.emit('will-quit', { preventDefault() {} })
    this.emit('quit', {}, 0)
    this.#end(0)
  }

  exit(status = 0): void {
    this.emit('quit', {}, status)
    this.#end(status)
  }

  relaunch(): void {
    this.wasRelaunched = true
  }

  /** Electron quits then, unless somebody listens. */
  allWindowsClosed(): void {
    if (!this.emit('window-all-closed')) this.quit()
  }
}
