/** Starts the real, built app on a stand-in machine, for one test; all of it ends with the test. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction, constants } from 'node:vm'
import { onTestFinished } from 'vitest'
import type { AppOptions, LaunchedApp } from '../app/launch-app.ts'
import { temporaryFolder } from '../files.ts'
import { launchChromium } from './chromium.ts'
import { electronOf } from './electron.ts'
import { Machine } from './machine.ts'

const bundle = fileURLToPath(new URL('../../../dist/app/main/main.cjs', import.meta.url))
const quitMs = 10_000
/** Of each wait in a window: it bounds a hang, and hopes for no speed. */
const waitMs = 60_000

export interface StartAppOptions extends AppOptions {
  /** Put before the commands of the processes that the app starts: `ip netns exec NAME`. */
  readonly within?: readonly string[]
  /** As installed: it looks for updates. */
  readonly isPackaged?: boolean
}

export interface RunningApp extends LaunchedApp {
  readonly machine: Machine
  /** Resolves when the tray says so. */
  trayTip(tip: string): Promise<void>
  quit(): Promise<number>
}

export async function startApp(options: StartAppOptions = {}): Promise<RunningApp> {
  const { locale = 'en-GB', colorScheme = 'light', systemProxy = 'DIRECT' } = options
  const folder = temporaryFolder(options.files)
  const browser = await launchChromium()
  const context = await browser.newContext({ locale, viewport: null })
  context.setDefaultTimeout(waitMs)
  const home = { PATH: process.env['PATH'], HOME: folder, XDG_DATA_HOME: join(folder, 'data') }
  const env = { ...home, ...options.env }
  const { within = [], isPackaged = false } = options
  const system = { locale, colorScheme, systemProxy }
  const machine = new Machine({ context, userData: folder, ...system, env, within, isPackaged })
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
    pageErrors: machine.pageErrors,
    async savesTo(file) {
      machine.savesTo = file
    },
    proposedNames: async () => machine.asksWhereTo,
    visitor: () => context.newPage(),
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

/** The bundle anew for each run, with the stand-in under the name that it and its packages ask for, and with the machine's clock. */
function loadMain(machine: Machine): void {
  const path = createRequire(bundle).resolve('electron')
  const electron = { id: path, filename: path, loaded: true, exports: electronOf(machine) }
  createRequire(bundle).cache[path] = electron as unknown as NodeJS.Module
  const chunks = new Map<string, { exports: unknown }>()
  const load = (file: string): unknown => {
    const known = chunks.get(file)
    if (known !== undefined) return known.exports
    const module = { exports: {} }
    chunks.set(file, module)
    const require = createRequire(file)
    const ownRequire = (id: string): unknown =>
      id.startsWith('./') ? load(require.resolve(id)) : require(id)
    const scope = {
      exports: module.exports,
      require: ownRequire,
      module,
      __filename: file,
      __dirname: dirname(file),
    }
    const names = { ...scope, ...machine.clock.globals }
    const run = compileFunction(readFileSync(file, 'utf8'), Object.keys(names), {
      filename: file,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
    run(...Object.values(names))
    return module.exports
  }
  load(bundle)
}
