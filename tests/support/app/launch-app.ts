/**
 * The built app, started for one test: on the stand-in for Electron, or with `TILDEGATE_ELECTRON=real` in Electron itself. What only the stand-in
 * shows (tray, notifications, clocks) is asked of `startApp` in electron-standin/start-app.ts; such tests do not run in Electron.
 */
import type { Page } from 'playwright-core'
import { chromiumPath } from '../electron-standin/chromium.ts'
import { startApp } from '../electron-standin/start-app.ts'
import { electronPath, launchElectron } from './real-electron.ts'

/** For whole tests with a window: more than their waits take together. */
export const windowTestMs = 300_000

export interface AppOptions {
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

export interface LaunchedApp {
  /** Its own folder. */
  readonly folder: string
  /** The page of the app's window. */
  window(): Promise<Page>
  /** Errors that pages wrote to their console. */
  readonly pageErrors: readonly string[]
  /** From now on the user picks this file when asked where to save. */
  savesTo(file: string): Promise<void>
  /** The names that were proposed since then. */
  proposedNames(): Promise<readonly string[]>
  /** A page of a browser that has nothing to do with the app. */
  visitor(): Promise<Page>
}

const isReal = process.env['TILDEGATE_ELECTRON'] === 'real'

const needsChromium = '[needs: apt-get install chromium]'

/** The app's tests can run here; and what they need, for their titles. */
export const isAppThere = (isReal ? electronPath() : chromiumPath()) !== undefined
export const appNeeds = isReal ? '[needs: npx install-electron]' : needsChromium

/** The same for tests that look where only the stand-in lets them. */
export const isStandInThere = !isReal && chromiumPath() !== undefined
export const standInNeeds = isReal ? '[seen on the stand-in alone]' : needsChromium

export function launchApp(options: AppOptions = {}): Promise<LaunchedApp> {
  return isReal ? launchElectron(options) : startApp(options)
}
