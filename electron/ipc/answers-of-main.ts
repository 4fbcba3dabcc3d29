/** What windows may ask of main itself; all else they ask the engine. */
import { readFile, writeFile } from 'node:fs/promises'
import { app, clipboard, dialog, shell } from 'electron'
import { TildegateError } from '../../shared/errors.ts'
import type { mainForWindows } from '../../shared/ipc/app-contract.ts'
import type { Handlers } from '../../shared/ipc/declare.ts'
import type { Settings, TunnelView } from '../../shared/ipc/views.ts'
import type { EngineProcess } from '../engine-process.ts'
import { logFolder } from '../log-file.ts'
import { publicUrlOf } from '../public-url.ts'
import { type SettingsFile, usualSettings } from '../settings.ts'
import { languageOf } from '../texts/texts.ts'
import type { Updates } from '../updates.ts'
import type { MainWindow } from '../window/main-window.ts'
import { mayOpenOutside } from '../window/url-policy.ts'

export interface MainParts {
  readonly folder: string
  /** Files that the builds of main and of the windows have made. */
  readonly licences: readonly string[]
  readonly engine: EngineProcess
  readonly window: MainWindow
  readonly settings: SettingsFile
  readonly updates: Updates
  change(changes: Partial<Settings>): Settings
  tunnels(): readonly TunnelView[]
}

export function answersOfMain(parts: MainParts): Handlers<typeof mainForWindows> {
  const { folder, licences, engine, window, settings, updates, change, tunnels } = parts
  return {
    app: {
      about: () => ({
        version: app.getVersion(),
        ...runtime(process.versions),
        platform: platform(),
        systemLanguage: languageOf('system', app.getLocale()),
      }),
      engine: () => engine.state,
      licences: async () => (await Promise.all(licences.map(file => readFile(file, 'utf8')))).join('\n'),
      async openLogFolder() {
        await shell.openPath(logFolder(folder))
      },
      async saveText({ name, text }) {
        const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath: name })
        if (!canceled) await writeFile(filePath, text).catch((cause: unknown) => notWritten(filePath, cause))
      },
      ready: () => window.ready(),
    },
    address: {
      async open({ id }) {
        const url = publicUrlOf(tunnels(), id)
        if (!mayOpenOutside(url, [url])) throw new TildegateError('address-not-opened', { url })
        await shell.openExternal(url)
      },
      copy: ({ id }) => clipboard.writeText(publicUrlOf(tunnels(), id)),
    },
    settings: {
      read: () => settings.current,
      change,
      reset() {
        const { secretStore: _, ...usual } = usualSettings
        return change(usual)
      },
    },
    updates: {
      state: () => updates.state,
      check: () => updates.check(),
      install: () => updates.install(),
    },
  }
}

function notWritten(file: string, cause: unknown): never {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'EIO'
  throw new TildegateError('file-not-written', { file, reason }, { cause })
}

function runtime({ electron, chrome: chromium, node }: NodeJS.ProcessVersions) {
  return electron === undefined || chromium === undefined ? {} : { runtime: { electron, chromium, node } }
}

function platform(): 'win32' | 'darwin' | 'linux' {
  return process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux'
}
