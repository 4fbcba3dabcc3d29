/** Starts the real, built app on a stand-in machine, for one test; all of it ends with the test. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from '../files.ts'
import { launchChromium } from './chromium.ts'
import { electronOf } from './electron.ts'
import { Machine } from './machine.ts'

const bundle = fileURLToPath(new URL('../../../dist/app/main/main.cjs', import.meta.url))
const quitMs = 10_000

export interface StartAppOptions {
  /** Files in the app's own folder before it starts: `backbalance.bin`, `settings.json`. */
  readonly files?: Readonly<Record<string, string>>
  readonly arguments?: readonly string[]
  readonly locale?: string
  readonly colorScheme?: 'light' | 'dark'
  /** Besides `PATH`: nothing of the person who runs the tests is touched. */
  readonly env?: NodeJS.ProcessEnv
  /** What the system says about the way to any URL, as a PAC file would. */
  readonly systemProxy?: string
}

export interface RunningApp {
  readonly machine: Machine
  readonly folder: string
  /** The page of the app's window. */
  window(): Promise<Page>
  /** Resolves when the tray says so. */
  trayTip(tip: string): Promise<void>
  quit(): Promise<number>
}

export async function startApp(options: StartAppOptions = {}): Promise<RunningApp> {
  const { locale = 'en-GB', colorScheme = 'light', systemProxy = 'DIRECT' } = options
  const folder = temporaryFolder(options.files)
  const browser = await launchChromium()
  const context = await browser.newContext({ locale, colorScheme, viewport: null })
  const home = { PATH: process.env['PATH'], HOME: folder, XDG_DATA_HOME: join(folder, 'data') }
  const env = { ...home, ...options.env }
  const machine = new Machine({ context, userData: folder, locale, systemProxy, env })
  const argv = process.argv
  process.argv = [argv[0] ?? '', bundle, ...(options.arguments ?? [])]
  let isOver = false
  const quit = async () => {
    const late = setTimeout(() => machine.app.exit(1), quitMs)
    machine.app.quit()
    const status = await machine.app.ended
    clearTimeout(late)
    return status
  }
  onTestFinished(async () => {
    if (isOver) return
    isOver = true
    await quit()
    for (const process of machine.processes) process.kill()
    await browser.close()
    process.argv = argv
  })
  loadMain(machine)
  return {
    machine,
    folder,
    async window() {
      const window = await machine.until('a window', () => [...machine.windows][0])
      return window.page
    },
    async trayTip(tip) {
      await machine.until(`the tip "${tip}"`, () => machine.trays.find(tray => tray.tip === tip))
    },
    quit,
  }
}

/** The bundle anew for each run, with the stand-in under the name that it asks for. */
function loadMain(machine: Machine): void {
  const require = createRequire(bundle)
  const electron = require.resolve('electron')
  const folder = fileURLToPath(new URL('.', `file://${bundle}`))
  for (const path of Object.keys(require.cache)) if (path.startsWith(folder)) delete require.cache[path]
  const module = { id: electron, filename: electron, loaded: true, exports: electronOf(machine) }
  require.cache[electron] = module as unknown as NodeJS.Module
  require(bundle)
}
