/** Who visited, in a tunnel's details: live, in memory alone, strangers' texts as text, and gateways that do not tell. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { ToldVisit } from '../../shared/protocol/visits.ts'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { startGatewayTwin } from '../support/gateway-twin.ts'
import { Keyboard } from '../support/keyboard.ts'
import { runGateway } from '../support/running-gateway.ts'
import { startSite } from '../support/site.ts'

const line = (port: number, target = '') => ({
  'backbalance.bin': `/~~home=pw#http://127.0.0.1:${port}${target};\n`,
})
const card = (window: Page) => window.getByRole('article', { name: 'Recent visits' })

async function details(window: Page): Promise<void> {
  await window.getByRole('article', { name: 'home' }).getByText('Connected').waitFor()
  await window.getByRole('button', { name: 'Details of home' }).click()
}

/** Each row's cells, the newest first. */
const rowsOf = (window: Page) =>
  card(window)
    .locator('tbody tr')
    .evaluateAll(rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.innerText)))

const told: ToldVisit = {
  ...{ agoMs: 0, durationMs: 1_500, status: 200 },
  ...{ address: '192.0.2.7', method: 'GET', path: '/a' },
}

describe.skipIf(!isAppThere)(`the recent visits of a tunnel ${appNeeds}`, { timeout: windowTestMs }, () => {
  it('appear while one looks, are remembered by the app, and are in no file and no report', async () => {
    const gateway = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const site = await startSite('home')
    const app = await launchApp({ files: line(gateway.port, ` => http://127.0.0.1:${site.port}`) })
    const window = await app.window()
    await details(window)
    await card(window).getByText('Nobody has visited since Tildegate started.').waitFor()
    const visit = async (path: string) => (await fetch(`${gateway.url}/~~home${path}`)).text()
    expect(await visit('/unforgettable.html?token=hush-hush')).toBe('hello from home')
    await card(window).getByText('/unforgettable.html').waitFor()
    expect(await rowsOf(window)).toEqual([
      [expect.any(String), '127.0.0.1', 'GET /unforgettable.html', '200', expect.stringMatching(/^\d+ ?ms$/)],
    ])
    await visit('/second')
    await card(window).getByText('/second').waitFor()

    await window.getByRole('button', { name: 'Shared', exact: true }).first().click()
    await window.getByRole('button', { name: 'Details of home' }).click()
    await card(window).getByText('/second').waitFor()
    expect((await rowsOf(window)).map(row => row[2])).toEqual(['GET /second', 'GET /unforgettable.html'])

    const report = join(app.folder, 'report.txt')
    await app.savesTo(report)
    await window.getByRole('button', { name: 'Save report' }).click()
    await expect
      .poll(() => readFileSync(report, { encoding: 'utf8', flag: 'a+' }), { timeout: 60_000 })
      .toContain('/~~home')
    const files = readdirSync(app.folder, { recursive: true, withFileTypes: true })
    for (const { parentPath, name } of files.filter(entry => entry.isFile()))
      expect(readFileSync(join(parentPath, name)).includes('unforgettable'), name).toBe(false)
    expect(app.pageErrors).toEqual([])
  })

  it('are text, whatever strangers wrote, and scroll by the keyboard, however many are told', async () => {
    const gateway = await startGatewayTwin({ terms: { visits: true } })
    const app = await launchApp({ files: line(gateway.port) })
    const window = await app.window()
    await details(window)
    const session = await gateway.sessions.next()
    const path = '/<img src=x onerror="document.title=1">/\u202egnp.exe\u0000\u001b[31m\u2028'
    const long = { ...told, path: `/${'w'.repeat(5_000)}` }
    const left = { ...told, status: 0, durationMs: 3, method: 'M'.repeat(99), address: '\u200fx' }
    session.channel.send({ type: 'visits', leftOut: 0, visits: [{ ...told, path }, long, left] })
    await card(window).getByText('www').waitFor()
    const rows = await rowsOf(window)
    expect(rows[2]?.slice(1)).toEqual([
      '192.0.2.7',
      'GET /<img src=x onerror="document.title=1">/\\u{202e}gnp.exe\\u{0000}\\u{001b}[31m\\u{2028}',
      '200',
      '1.5 sec',
    ])
    expect(rows[1]?.[2]).toBe(`GET /${'w'.repeat(251)}…`)
    expect(rows[0]?.slice(1)).toEqual(['\\u{200f}x', `${'M'.repeat(32)} /a`, 'left', '3 ms'])
    expect(await card(window).locator('img').count()).toBe(0)
    expect(await window.title()).not.toBe('1')

    for (let at = 0; at < 200; at += 1)
      session.channel.send({ type: 'visits', leftOut: 1, visits: [{ ...told, path: `/${at}` }] })
    await card(window).getByText('/199', { exact: true }).waitFor()
    expect(await rowsOf(window)).toHaveLength(50)
    await card(window).getByText('49 more came too fast to be listed.').waitFor()
    const list = window.getByRole('region', { name: 'The recent visits, a list that scrolls' })
    const keys = new Keyboard(window)
    await keys.reach(list)
    expect(keys.unseen).toEqual([])
    await keys.press('End')
    await expect
      .poll(() => list.evaluate(({ scrollTop }) => scrollTop), { timeout: 60_000 })
      .toBeGreaterThan(0)
    // The page is no wider for it.
    const widerBy = () => {
      const { scrollWidth, clientWidth } = document.documentElement
      return scrollWidth - clientWidth
    }
    expect(await window.evaluate(widerBy)).toBe(0)
    expect(app.pageErrors).toEqual([])
  })

  it.each([
    ['en-GB', 'Details of home', 'This gateway does not tell who visits.'],
    ['de-DE', 'Einzelheiten zu home', 'Dieses Gateway sagt nicht, wer zu Besuch kommt.'],
    ['fr-FR', 'Détails de home', 'Cette passerelle ne dit pas qui vient.'],
  ])(
    'of a gateway of an earlier version are not known, and that is said, %s',
    async (locale, open, words) => {
      const gateway = await startGatewayTwin()
      const app = await launchApp({ locale, files: line(gateway.port) })
      const window = await app.window()
      await gateway.sessions.next()
      await window.getByRole('button', { name: open }).click()
      await window.getByText(words).waitFor()
    },
  )
})
