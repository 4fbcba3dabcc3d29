/** The app in Electron itself, through playwright-core. Written by its types: where this was written, Electron's binary could not be had. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { launchChromium } from '../electron-standin/chromium.ts'
import { temporaryFolder } from '../files.ts'
import { electronStart } from './electron-arguments.ts'
import type { AppOptions, LaunchedApp } from './launch-app.ts'

const sources = fileURLToPath(new URL('../../../', import.meta.url))
const startMs = 60_000

/** Electron's program, as its package has put it down. Undefined: it has not been fetched. */
export function electronPath(): string | undefined {
  const folder = join(sources, 'node_modules/electron')
  const note = join(folder, 'path.txt')
  if (!existsSync(note)) return undefined
  const path = join(folder, 'dist', readFileSync(note, 'utf8'))
  return existsSync(path) ? path : undefined
}

export async function launchElectron(options: AppOptions): Promise<LaunchedApp> {
  const executablePath = electronPath()
  if (executablePath === undefined) throw new Error('There is no Electron: npx install-electron.')
  const folder = temporaryFolder(options.files)
  const { colorScheme = 'light' } = options
  const electron = await _electron.launch({
    ...electronStart(options, { folder, sources }, process),
    executablePath,
    cwd: sources,
    colorScheme,
    // The app asks for it, and it cannot be had as root.
    chromiumSandbox: process.getuid?.() !== 0,
    timeout: startMs,
  })
  onTestFinished(() => electron.close())
  const pageErrors: string[] = []
  const follow = (page: Page) => {
    page.on('pageerror', error => pageErrors.push(error.message))
    page.on('console', message => {
      if (message.type() === 'error') pageErrors.push(message.text())
    })
  }
  for (const page of electron.windows()) follow(page)
  electron.on('window', follow)
  return {
    folder,
    pageErrors,
    window: () => electron.firstWindow({ timeout: startMs }),
    savesTo: file => answerSaveDialog(electron, file),
    proposedNames: () =>
      electron.evaluate(() => (globalThis as { proposedNames?: string[] }).proposedNames ?? []),
    async visitor() {
      const browser = await launchChromium()
      onTestFinished(() => browser.close())
      return browser.newPage()
    },
  }
}

/** No test can click in a dialog of the system. */
function answerSaveDialog(electron: ElectronApplication, file: string): Promise<void> {
  return electron.evaluate(({ dialog }, filePath) => {
    const proposedNames: string[] = []
    Object.assign(globalThis, { proposedNames })
    const answer = async (...given: unknown[]) => {
      proposedNames.push((given.at(-1) as { defaultPath?: string }).defaultPath ?? '')
      return { canceled: false, filePath }
    }
    dialog.showSaveDialog = answer
  }, file)
}
