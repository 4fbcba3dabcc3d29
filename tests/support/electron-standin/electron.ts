/** What the app gets for `require('electron')`. Only what it uses; a test compares it with the types of the real one. */
import { EventEmitter } from 'node:events'
import { type RequestOptions, request } from 'node:http'
import { basename } from 'node:path'
import { browserWindowOf } from './browser-window.ts'
import type { Machine } from './machine.ts'
import { MenuTwin } from './menu.ts'
import { utilityProcessOf } from './utility-process.ts'

class NativeImageTwin {
  readonly path: string
  isTemplate = false

  constructor(path: string) {
    this.path = path
  }

  setTemplateImage(isTemplate: boolean): void {
    this.isTemplate = isTemplate
  }

  isEmpty(): boolean {
    return false
  }
}

export function electronOf(machine: Machine) {
  return {
    app: machine.app,
    /** electron-updater tells by it that it quits for an update. */
    autoUpdater: new EventEmitter(),
    BrowserWindow: browserWindowOf(machine),
    clipboard: {
      async writeText(text: string) {
        machine.clipboard.text = text
      },
      readText: async () => machine.clipboard.text,
    },
    dialog: {
      async showSaveDialog({ defaultPath = '' }: { defaultPath?: string }) {
        machine.asksWhereTo.push(defaultPath)
        const { savesTo } = machine
        return savesTo === undefined
          ? { canceled: true, filePath: '' }
          : { canceled: false, filePath: savesTo }
      },
    },
    ipcMain: { handle: machine.ipcMain.handle },
    Menu: MenuTwin,
    nativeImage: { createFromPath: (path: string) => new NativeImageTwin(path) },
    nativeTheme: machine.theme,
    /** Of electron-updater, which asks for nothing that Node's own request has not. */
    net: { isOnline: () => true, request: (options: RequestOptions) => request(options) },
    Notification: notificationOf(machine),
    powerMonitor: machine.power,
    protocol: {
      registerSchemesAsPrivileged(_schemes: readonly object[]) {},
      handle(scheme: string, handler: (request: Request) => Promise<Response> | Response) {
        machine.protocol.handlers.set(scheme, handler)
      },
    },
    screen: {
      getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
    },
    session: {
      fromPartition: (_partition: string, _options?: object) => ({}),
      defaultSession: {
        async resolveProxy(url: string) {
          machine.asked.push(url)
          return machine.systemProxy
        },
        setPermissionRequestHandler(handler: (...args: never[]) => void) {
          machine.permissions.request = handler
        },
        setPermissionCheckHandler(handler: (...args: never[]) => boolean) {
          machine.permissions.check = handler
        },
      },
    },
    shell: {
      async openExternal(url: string) {
        machine.opened.push(url)
      },
      async openPath(path: string) {
        machine.opened.push(path)
        return ''
      },
    },
    Tray: trayOf(machine),
    utilityProcess: utilityProcessOf(machine),
  }
}

function trayOf(machine: Machine) {
  return class Tray extends EventEmitter {
    readonly #record: Machine['trays'][number]

    constructor(image: NativeImageTwin) {
      super()
      this.#record = { tip: '', icon: basename(image.path), menu: undefined, emitter: this }
      machine.trays.push(this.#record)
    }

    setImage(image: NativeImageTwin): void {
      this.#record.icon = basename(image.path)
    }

    setToolTip(tip: string): void {
      this.#record.tip = tip
      machine.emit('changed')
    }

    setContextMenu(menu: MenuTwin | null): void {
      this.#record.menu = menu ?? undefined
      machine.emit('changed')
    }

    destroy(): void {
      machine.trays.splice(machine.trays.indexOf(this.#record), 1)
    }
  }
}

function notificationOf(machine: Machine) {
  return class Notification extends EventEmitter {
    static isSupported(): boolean {
      return true
    }

    readonly title: string
    readonly body: string

    constructor({ title = '', body = '' }: { title?: string; body?: string } = {}) {
      super()
      this.title = title
      this.body = body
    }

    show(): void {
      machine.notifications.push({ title: this.title, body: this.body, emitter: this })
      machine.emit('changed')
    }

    close(): void {}
  }
}
