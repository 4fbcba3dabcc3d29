/** What axe finds in the windows (https://github.com/dequelabs/axe-core), in both themes, and whether all is reached by the keyboard alone. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { seriousIn } from '../support/axe.ts'
import { runGateway } from '../support/running-gateway.ts'

const segment = (name: string) => (page: Page) =>
  page.locator('main [role="radiogroup"]').getByText(name).click()
const navigate = (name: string) => (page: Page) =>
  page.getByRole('navigation').getByRole('button', { name }).click()

/** Each window, one after another: how to get there, and what shows that it is there. */
const windows: readonly [
  name: string,
  go: (page: Page) => Promise<void>,
  sign: (page: Page) => Promise<void>,
][] = [
  ['the list', async () => {}, page => page.getByRole('switch').first().waitFor()],
  [
    'the details',
    page => page.getByRole('button', { name: 'Details of good' }).click(),
    async page => {
      await page.getByRole('article', { name: 'The way out' }).waitFor()
      await page.getByRole('article', { name: 'Recent visits' }).getByText('/visited').waitFor()
    },
  ],
  [
    'a tested way',
    page => page.getByRole('button', { name: 'Test connection' }).click(),
    page => page.getByText('All stations are fine.').waitFor(),
  ],
  ['the activity', navigate('Activity'), page => page.getByRole('listitem').first().waitFor()],
  ['the settings', navigate('Settings'), page => page.getByText('Start at login').waitFor()],
  [
    'the file',
    segment('File'),
    page => page.getByRole('list', { name: 'What is wrong in the file' }).waitFor(),
  ],
  ['the keychain', segment('Keychain'), page => page.getByText('Kept passwords').first().waitFor()],
  ['about', segment('About'), page => page.getByText('MIT').waitFor()],
  [
    'sharing',
    async page => {
      await navigate('Shared')(page)
      await page.getByRole('button', { name: 'Share something' }).click()
    },
    page => page.getByRole('heading').first().waitFor(),
  ],
]

describe.skipIf(!isAppThere)(`axe finds nothing serious ${appNeeds}`, { timeout: windowTestMs }, () => {
  it.each(['light', 'dark'] as const)('on any window, %s', async colorScheme => {
    const { port, url } = await runGateway({ balance: '/~~good=pw#:*;\n/~~bad=pw#:*;\n' })
    const entry = (name: string, password: string) => `/~~${name}=${password}#http://127.0.0.1:${port};\n`
    const app = await launchApp({
      colorScheme,
      files: {
        'backbalance.bin': `${entry('good', 'pw')}${entry('bad', 'wrong')}/~~worse=pw#gw.example;\n`,
      },
    })
    const page = await app.window()
    await page.getByRole('article', { name: 'good' }).getByText('Connected').waitFor()
    await page.getByRole('article', { name: 'bad' }).getByRole('alert').waitFor()
    await fetch(`${url}/~~good/visited`)
    for (const [name, go, sign] of windows) {
      await go(page)
      await sign(page)
      // Colours that fade in are measured where they end.
      await page.evaluate(() =>
        Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => {}))),
      )
      expect(await seriousIn(page), name).toEqual([])
    }
  })
})
