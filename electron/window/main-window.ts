/** The one window: made when it is asked for, gone when it is closed; tray and engine go on without it. */
import { join } from 'node:path'
import { BrowserWindow, nativeTheme, screen } from 'electron'
import type { Destination } from '../../shared/ipc/views.ts'
import { readIfThere, writeWhole } from '../atomic-file.ts'
import { appPage } from './url-policy.ts'
import { boundsOn, parseWindowState, smallest, usual } from './window-state.ts'

export interface MainWindowOptions {
  /** Where its place is kept. */
  readonly folder: string
  readonly preload: string
  /** Tells a window that has drawn itself where to go. */
  goTo(destination: Destination): void
}

const background = () => (nativeTheme.shouldUseDarkColors ? '#14181b' : '#f7f8f9')

export class MainWindow {
  readonly #options: MainWindowOptions
  readonly #stateFile: string
  #window: BrowserWindow | undefined
  #isReady = false
  #next: Destination | undefined

  constructor(options: MainWindowOptions) {
    this.#options = options
    this.#stateFile = join(options.folder, 'window.json')
    // Seen for a moment wherever the page has not drawn yet: when the window grows, or loads again.
    nativeTheme.on('updated', () => this.#window?.setBackgroundColor(background()))
  }

  open(destination?: Destination): void {
    this.#next = destination
    if (this.#window === undefined) {
      this.#window = this.#made()
      return
    }
    if (this.#window.isMinimized()) this.#window.restore()
    this.#window.show()
    this.#window.focus()
    if (destination !== undefined && this.#isReady) this.#options.goTo(destination)
  }

  /** The page has drawn itself; the result is where it was asked to go meanwhile. */
  ready(): Destination | undefined {
    this.#isReady = true
    return this.#next
  }

  get isFocused(): boolean {
    return this.#window?.isFocused() ?? false
  }

  /** To the page, if one is there. */
  send(channel: string, payload: unknown): void {
    this.#window?.webContents.send(channel, payload)
  }

  #made(): BrowserWindow {
    const kept = parseWindowState(readIfThere(this.#stateFile) ?? '')
    const areas = screen.getAllDisplays().map(display => display.workArea)
    const window = new BrowserWindow({
      ...usual,
      ...(kept === undefined ? undefined : boundsOn(areas, kept)),
      minWidth: smallest.width,
      minHeight: smallest.height,
      show: false,
      title: 'Tildegate',
      autoHideMenuBar: true,
      backgroundColor: background(),
      webPreferences: {
        preload: this.#options.preload,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
      },
    })
    if (kept?.isMaximized) window.maximize()
    this.#isReady = false
    window.once('ready-to-show', () => window.show())
    window.on('close', () => this.#keep(window))
    window.on('closed', () => {
      this.#window = undefined
      this.#isReady = false
    })
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') window.reload()
    })
    window.loadURL(appPage).catch(() => {
      // A load that was broken off by a close has nobody left to be told.
    })
    return window
  }

  #keep(window: BrowserWindow): void {
    const state = { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() }
    writeWhole(this.#stateFile, JSON.stringify(state))
  }
}
