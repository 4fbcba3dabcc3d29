/** Light and dark: as the system has it, or as the user has chosen, at once and after a restart. */
import { describe, expect, it } from 'vitest'
import { isStandInThere, standInNeeds, windowTestMs } from '../support/app/launch-app.ts'
import { startApp } from '../support/electron-standin/start-app.ts'

const surfaces = { light: 'rgb(247, 248, 249)', dark: 'rgb(20, 24, 27)' } as const
const behind = { light: '#f7f8f9', dark: '#14181b' } as const
type Scheme = keyof typeof surfaces

async function scene(options: Parameters<typeof startApp>[0] = {}) {
  const app = await startApp(options)
  const window = await app.window()
  await window.getByRole('navigation').waitFor()
  const [shown] = [...app.machine.windows]
  /** Of the page, of what it says of itself, and of the window behind it. */
  const isAll = async (scheme: Scheme) => {
    const colour = () => window.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await expect.poll(colour, { timeout: 60_000 }).toBe(surfaces[scheme])
    await window.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor()
    expect(shown?.backgroundColour).toBe(behind[scheme])
  }
  const choose = async (name: string) => {
    await window.getByRole('combobox', { name: 'Colours' }).click()
    await window.getByRole('option', { name }).click()
  }
  return { app, window, isAll, choose }
}

describe.skipIf(!isStandInThere)(`the colours ${standInNeeds}`, { timeout: windowTestMs }, () => {
  it('follow the system, until the user chooses others, and follow it again when asked to', async () => {
    const { app, window, isAll, choose } = await scene({ colorScheme: 'dark' })
    await isAll('dark')
    await window.getByRole('button', { name: 'Settings' }).click()
    await choose('Light')
    await isAll('light')
    await choose('Dark')
    await isAll('dark')
    await choose('Like the system')
    app.machine.theme.systemBecomes('light')
    await isAll('light')
    app.machine.theme.systemBecomes('dark')
    await isAll('dark')
    await choose('Light')
    await isAll('light')
    app.machine.theme.systemBecomes('light')
    app.machine.theme.systemBecomes('dark')
    await isAll('light')
    expect(app.pageErrors).toEqual([])
  })

  it.each([
    ['dark', 'light'],
    ['light', 'dark'],
  ] as const)(
    'that were chosen before, %s on a system that is %s, are there from the start',
    async (theme, colorScheme) => {
      const { isAll } = await scene({ colorScheme, files: { 'settings.json': JSON.stringify({ theme }) } })
      await isAll(theme)
    },
  )
})
