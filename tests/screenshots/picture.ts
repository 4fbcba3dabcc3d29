/** One app for each language and theme, one picture a window: docs/screenshots/WINDOW.LANGUAGE.THEME.png. */
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, it } from 'vitest'
import { openBrowserPage } from '../support/browser.ts'
import { type RunningApp, type StartAppOptions, startApp } from '../support/electron-standin/start-app.ts'

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url))
const languages = { en: 'en-GB', de: 'de-DE', fr: 'fr-FR' } as const
const themes = ['light', 'dark'] as const

/** Where a picture goes, for each language and theme. */
function forEachLook(
  window: string,
  take: (look: { locale: string; colorScheme: (typeof themes)[number]; path: string }) => Promise<void>,
): void {
  describe(window, () => {
    for (const [language, locale] of Object.entries(languages)) {
      for (const colorScheme of themes) {
        const path = `${folder}${window}.${language}.${colorScheme}.png`
        it(`is pictured in ${language}, ${colorScheme}`, () => take({ locale, colorScheme, path }))
      }
    }
  })
}

export interface Shot<Scene extends StartAppOptions> {
  /** Name of the file. */
  readonly window: string
  /** Started for each picture anew; may start gateways of its own. */
  readonly options: () => Promise<Scene>
  /** Brings the page to what is to be seen. */
  readonly pose: (page: Page, app: RunningApp, scene: Scene) => Promise<void>
}

export function takePictures<Scene extends StartAppOptions>({ window, options, pose }: Shot<Scene>): void {
  forEachLook(window, async ({ locale, colorScheme, path }) => {
    const scene = await options()
    const app = await startApp({ ...scene, locale, colorScheme })
    const page = await app.window()
    await pose(page, app, scene)
    await page.screenshot({ path, animations: 'disabled' })
  })
}

export interface DashboardShot {
  readonly window: string
  /** Starts a gateway, for each picture anew; gives the address of its dashboard. */
  readonly scene: () => Promise<string>
  readonly pose: (page: Page) => Promise<void>
  readonly height: number
}

export function takeDashboardPictures({ window, scene, pose, height }: DashboardShot): void {
  forEachLook(window, async ({ locale, colorScheme, path }) => {
    const url = await scene()
    const viewport = { width: 1100, height }
    const { page } = await openBrowserPage({ locale, colorScheme, viewport })
    await page.goto(url)
    await pose(page)
    await page.screenshot({ path, animations: 'disabled' })
  })
}
