/** One app for each language and theme, one picture a window: docs/screenshots/WINDOW.LANGUAGE.THEME.png. */
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, it } from 'vitest'
import { type RunningApp, type StartAppOptions, startApp } from '../support/electron-standin/start-app.ts'

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url))
const languages = { en: 'en-GB', de: 'de-DE', fr: 'fr-FR' } as const
const themes = ['light', 'dark'] as const

export interface Shot<Scene extends StartAppOptions> {
  /** Name of the file. */
  readonly window: string
  /** Started for each picture anew; may start gateways of its own. */
  readonly options: () => Promise<Scene>
  /** Brings the page to what is to be seen. */
  readonly pose: (page: Page, app: RunningApp, scene: Scene) => Promise<void>
}

export function takePictures<Scene extends StartAppOptions>({ window, options, pose }: Shot<Scene>): void {
  describe(window, () => {
    for (const [language, locale] of Object.entries(languages)) {
      for (const colorScheme of themes) {
        it(`is pictured in ${language}, ${colorScheme}`, async () => {
          const scene = await options()
          const app = await startApp({ ...scene, locale, colorScheme })
          const page = await app.window()
          await pose(page, app, scene)
          await page.screenshot({
            path: `${folder}${window}.${language}.${colorScheme}.png`,
            animations: 'disabled',
          })
        })
      }
    }
  })
}
