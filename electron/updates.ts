/**
 * Updates by electron-updater: looked for after the start and every few hours, loaded in the background, put in place at the quit or when the
 * user asks. On Windows only what the same publisher has signed is taken, on macOS what the system's own check lets pass; on Linux the package
 * is checked against the hash in the signed release. A release may be rolled out to a part of its users (`stagingPercentage`).
 */
import { app } from 'electron'
import type { AppUpdater } from 'electron-updater'
import type { Settings, UpdateState } from '../shared/ipc/views.ts'
import type { Clock, Timer } from '../shared/world.ts'

export interface UpdatesOptions {
  readonly clock: Clock
  onState(state: UpdateState): void
  onError(what: string, error: unknown): void
}

const firstMs = 30_000
const everyMs = 6 * 60 * 60_000

export class Updates {
  readonly #options: UpdatesOptions
  #updater: AppUpdater | undefined
  #timer: Timer | undefined
  #channel: Settings['updateChannel'] = 'latest'
  state: UpdateState = { kind: 'none' }

  constructor(options: UpdatesOptions) {
    this.#options = options
  }

  /** In a folder of sources there is nothing to update. */
  start(channel: Settings['updateChannel']): void {
    this.#channel = channel
    if (!app.isPackaged) {
      this.#become({ kind: 'unavailable' })
      return
    }
    this.#lookLater(firstMs)
  }

  follow(channel: Settings['updateChannel']): void {
    if (channel === this.#channel) return
    this.#channel = channel
    if (this.#updater !== undefined) this.#choose(this.#updater)
  }

  async check(): Promise<void> {
    if (!app.isPackaged) return
    try {
      const found = await (await this.#loaded()).checkForUpdates()
      // What goes wrong with it is told as 'error'.
      found?.downloadPromise?.catch(() => {})
    } catch (error) {
      this.#options.onError('updates', error)
      this.#become({ kind: 'failed' })
    }
    this.#lookLater(everyMs)
  }

  /** Quits, puts the loaded version in place and starts it. */
  install(): void {
    if (this.state.kind === 'ready') this.#updater?.quitAndInstall(true, true)
  }

  close(): void {
    this.#timer?.cancel()
  }

  #lookLater(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(ms, () => void this.check())
  }

  async #loaded(): Promise<AppUpdater> {
    if (this.#updater !== undefined) return this.#updater
    const { autoUpdater } = (await import('electron-updater')).default
    autoUpdater.logger = null
    autoUpdater.autoDownload = true
    autoUpdater.autoInstallOnAppQuit = true
    autoUpdater.on('checking-for-update', () => this.#become({ kind: 'checking' }))
    autoUpdater.on('update-not-available', () => this.#become({ kind: 'none' }))
    autoUpdater.on('update-available', ({ version }) => this.#become({ kind: 'loading', version }))
    autoUpdater.on('update-downloaded', ({ version }) => this.#become({ kind: 'ready', version }))
    autoUpdater.on('error', error => {
      this.#options.onError('updates', error)
      this.#become({ kind: 'failed' })
    })
    this.#choose(autoUpdater)
    this.#updater = autoUpdater
    return autoUpdater
  }

  /** Back from beta, a stable version that is older is waited for, not gone back to. */
  #choose(updater: AppUpdater): void {
    updater.channel = this.#channel
    updater.allowPrerelease = this.#channel === 'beta'
    updater.allowDowngrade = false
  }

  #become(state: UpdateState): void {
    this.state = state
    this.#options.onState(state)
  }
}
