/** The gateway's dashboard as built, in a real browser, at a real gateway with real agents: live, with the keyboard, in strangers' words. */
import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { createGateway, type GatewayOptions } from '../../gateway/gateway.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { Secret } from '../../shared/secret.ts'
import { silentLog } from '../../shared/world.ts'
import { seriousIn } from '../support/axe.ts'
import { hasBrowser, howToGetBrowser, openBrowserPage } from '../support/browser.ts'
import { RawPeer } from '../support/raw-peer.ts'
import { runGateway } from '../support/running-gateway.ts'

const within = { timeout: 40_000 }
const token = 'a-token-of-sixteen-bytes'

async function openDashboard(
  options: Partial<GatewayOptions> & { balance?: string } = {},
  look: BrowserContextOptions = {},
) {
  const running = await runGateway({ admin: { host: '127.0.0.1', port: 0 }, ...options })
  const admin = running.gateway.admin?.url ?? ''
  const { page, complaints } = await openBrowserPage(look)
  page.setDefaultTimeout(within.timeout)
  await page.goto(admin)
  return { ...running, admin, page, complaints }
}

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })
const cells = async (page: Page, name: string) => row(page, name).getByRole('cell').allInnerTexts()
const openTunnel = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click()

describe.skipIf(!hasBrowser)(`the dashboard ${howToGetBrowser}`, { timeout: 120_000 }, () => {
  test('shows an agent when it connects, counts requests as they come and lists the last of them', async () => {
    const { page, agent, url, complaints } = await openDashboard({
      balance: '/~~srv=pw#:*;\n/~~away=pw#:*;\n',
    })
    await row(page, 'srv').getByText('Not connected').waitFor()
    await page.getByText('0 of 2').waitFor()
    await agent({ hello: { agent: 'tildegate/1.2.3', os: 'linux x64' } })
    await row(page, 'srv').getByText('tildegate/1.2.3').waitFor()
    await page.getByText('1 of 2').waitFor()
    for (let i = 0; i < 3; i++) await (await fetch(`${url}/~~srv/`)).text()
    await expect.poll(async () => (await cells(page, 'srv'))[4], within).toBe('3')
    await openTunnel(page, 'srv')
    await (await fetch(`${url}/~~srv/live?secret=query`, { method: 'POST', body: 'x' })).text()
    await page.getByRole('row').filter({ hasText: 'POST /live' }).getByText('200').waitFor()
    expect(await page.content()).not.toContain('secret=query')
    await page.goBack()
    await row(page, 'away').waitFor()
    expect(complaints.filter(text => !text.includes('ERR_ABORTED'))).toEqual([])
  })

  test('drops a tunnel by the keyboard alone, after a word of what that means', async () => {
    const { page, agent } = await openDashboard()
    const twin = await agent()
    await row(page, 'srv').getByText('Connected', { exact: true }).waitFor()
    const link = page.getByRole('link', { name: 'srv', exact: true })
    const isFocused = (label: string) =>
      expect.poll(() => page.evaluate(() => document.activeElement?.textContent ?? ''), within).toBe(label)
    for (let tabs = 0; tabs < 30; tabs++) {
      if (await link.evaluate(element => element === document.activeElement)) break
      await page.keyboard.press('Tab')
    }
    await isFocused('srv')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'srv' }).waitFor()
    await isFocused('srv')
    await page.getByRole('button', { name: 'Drop' }).waitFor()
    await page.keyboard.press('Tab')
    await isFocused('Drop')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Drop srv?' })
    await dialog.getByText('connects again after one or two minutes').waitFor()
    await expect
      .poll(() => dialog.evaluate(element => element.contains(document.activeElement)), within)
      .toBe(true)
    expect(await seriousIn(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Drop' }).focus()
    await isFocused('Drop')
    await page.keyboard.press('Enter')
    expect(await twin.frame('close')).toMatchObject({ code: 2 })
    await page.getByRole('status').filter({ hasText: 'Not connected' }).waitFor()
    await page.getByRole('button', { name: 'Drop' }).waitFor({ state: 'detached' })
  })

  test('asks for the token, keeps the login over a reload, and shows nothing after logging out', async () => {
    const admin = { host: '127.0.0.1', port: 0, token: Secret.fromText(token) }
    const { page } = await openDashboard({ admin })
    const field = page.getByLabel('Token')
    await field.fill('not-the-token-at-all')
    expect(await seriousIn(page)).toEqual([])
    await field.press('Enter')
    await page.getByRole('alert').getByText('This is not the token.').waitFor()
    await field.fill(token)
    await page.getByRole('button', { name: 'Log in' }).click()
    await row(page, 'srv').waitFor()
    expect(await page.evaluate(() => document.cookie)).toBe('')
    await page.reload()
    await row(page, 'srv').waitFor()
    expect(await page.content()).not.toContain(token)
    await page.getByRole('button', { name: 'Log out' }).click()
    await field.waitFor()
    expect(await page.content()).not.toContain('srv')
    await page.reload()
    await field.waitFor()
  })

  test("can neither be read nor used by a tunnel's page, which is of the same host and so has the cookie sent along", async () => {
    const { page, agent, admin, url } = await openDashboard({
      admin: { host: '127.0.0.1', port: 0, token: Secret.fromText(token) },
    })
    const twin = await agent({
      target: (_, response) => void response.setHeader('content-type', 'text/html').end('<p>theirs'),
    })
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Log in' }).click()
    await row(page, 'srv').getByText('Connected', { exact: true }).waitFor()
    const theirs = await page.context().newPage()
    const seen: { path: string; status: number }[] = []
    theirs.on('response', answer => {
      const { origin, pathname } = new URL(answer.url())
      if (origin === admin) seen.push({ path: pathname, status: answer.status() })
    })
    await theirs.goto(`${url}/~~srv/`)
    const read = await theirs.evaluate(async base => {
      const drop = `${base}/api/tunnels/srv/drop`
      const outcome = (work: Promise<Response>) =>
        work.then(
          async answer => `${answer.type} ${await answer.text()}`,
          () => 'failed',
        )
      const credentials = 'include' as const
      const outcomes = await Promise.all([
        outcome(fetch(`${base}/api/state`, { credentials })),
        outcome(fetch(`${base}/api/state`, { credentials, mode: 'no-cors' })),
        outcome(fetch(drop, { method: 'POST', credentials, mode: 'no-cors' })),
        outcome(fetch(drop, { method: 'POST', credentials, headers: { 'X-Tildegate-Dashboard': '1' } })),
        new Promise<string>(resolve => {
          const events = new EventSource(`${base}/api/events`, { withCredentials: true })
          events.onerror = () => resolve('failed')
          events.onopen = () => resolve('open')
        }),
      ])
      const frame = document.createElement('iframe')
      frame.src = `${base}/dashboard/`
      const form = document.createElement('form')
      Object.assign(form, { method: 'post', action: drop, target: 'posted' })
      const posted = document.createElement('iframe')
      posted.name = 'posted'
      document.body.append(frame, posted, form)
      form.submit()
      return outcomes
    }, admin)
    expect(read).toEqual(['failed', 'failed', 'failed', 'failed', 'failed'])
    // What a browser tells of frames and forms; the rest it hides from whoever asked.
    for (const wanted of ['/api/tunnels/srv/drop', '/dashboard/'])
      await expect.poll(() => seen.some(({ path }) => path === wanted), within).toBe(true)
    for (const { path, status } of seen) expect([403, 405], path).toContain(status)
    expect(twin.frames.some(({ type }) => type === 'close')).toBe(false)
    await row(page, 'srv').getByText('Connected', { exact: true }).waitFor()
  })

  test("shows strangers' words as text, whatever is in them", async () => {
    const markup = '<img src=x onerror="document.title=1">'
    const { page, agent, port, complaints } = await openDashboard()
    await agent({ hello: { agent: `${markup}\u202Egnp.exe`, os: 'a\u0007b\u2066c\u200Bd' } })
    await row(page, 'srv').getByText(`${markup}\\u{202e}gnp.exe`).waitFor()
    await row(page, 'srv').getByText('a\\u{0007}b\\u{2066}c\\u{200b}d').waitFor()
    const visitor = await RawPeer.connect(port)
    visitor.send(
      "GET /~~srv/<script>document.title='2'</script>/\"'>{{x}} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    )
    await visitor.closed
    await openTunnel(page, 'srv')
    await page.getByRole('row').filter({ hasText: "<script>document.title='2'</script>" }).waitFor()
    await page.goto(`${new URL(page.url()).origin}/dashboard/#/tunnel/${encodeURIComponent(markup)}`)
    await page.getByRole('heading', { name: markup }).waitFor()
    expect(await page.title()).toMatch(/^Tildegate · 127\.0\.0\.1:/)
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints.filter(text => !text.includes('ERR_ABORTED'))).toEqual([])
  })

  test('says when the gateway is gone, and goes on when it is back', async () => {
    const { page, gateway, admin, balanceFile, folder } = await openDashboard()
    await page.getByText('Live').waitFor()
    await gateway.destroy()
    await page.getByText('No connection to the gateway; trying again.').waitFor()
    await row(page, 'srv').waitFor()
    const again = await createGateway({
      listen: [{ host: '127.0.0.1', port: 0, tls: false }],
      ...{ balanceFile, stateFolder: folder, version: '0.0.0', log: silentLog },
      ...{ clock: systemClock, random: systemRandom },
      admin: { host: '127.0.0.1', port: Number(new URL(admin).port) },
    })
    try {
      await page.getByText('Live').waitFor()
      await page.getByText('No connection to the gateway').waitFor({ state: 'detached' })
    } finally {
      await again.destroy()
    }
  })

  test('waits for its turn where too many are open', async () => {
    const { page, admin } = await openDashboard({ limits: { dashboardStreams: 1 } })
    await page.getByText('Live').waitFor()
    const { page: second } = await openBrowserPage()
    await second.goto(admin)
    await second.getByText('Too many dashboards of this gateway are open.').waitFor(within)
    await page.close()
    await second.getByText('Live').waitFor(within)
  })

  test('finds and sorts two hundred tunnels', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `tunnel-${i + 1}`)
    const { page, agent, url } = await openDashboard({
      balance: names.map(name => `/~~${name}=pw#:*;\n`).join(''),
    })
    await agent({ name: 'tunnel-150' })
    await (await fetch(`${url}/~~tunnel-150/`)).text()
    const shown = () => page.getByRole('rowheader').getByRole('link').allInnerTexts()
    await expect
      .poll(async () => (await shown()).slice(0, 3), within)
      .toEqual(['tunnel-1', 'tunnel-2', 'tunnel-3'])
    expect(await shown()).toHaveLength(200)
    await page.getByRole('columnheader', { name: 'Requests', exact: true }).getByRole('button').click()
    await expect.poll(async () => (await shown())[0], within).toBe('tunnel-150')
    await page.getByLabel('Find a tunnel').fill('L-19')
    await expect.poll(async () => (await shown()).length, within).toBe(11)
    await page.getByLabel('Find a tunnel').fill('nothing')
    await page.getByText('No tunnel is like that.').waitFor()
  })

  test.each([
    ['de-AT', 'Nicht verbunden', 'Erreichte Grenzen'],
    ['fr-CA', 'Non connecté', 'Limites atteintes'],
    ['nl-NL', 'Not connected', 'Limits that bite'],
  ])('speaks to a browser in %s', async (locale, state, title) => {
    const { page } = await openDashboard({}, { locale })
    await row(page, 'srv').getByText(state).waitFor()
    await page.getByRole('heading', { name: title }).waitFor()
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(
      locale === 'nl-NL' ? 'en' : locale.slice(0, 2),
    )
  })

  test.each(['light', 'dark'] as const)('has nothing that axe finds serious, %s', async colorScheme => {
    const balance = '/~~srv=pw#:*;\n/~~away=pw#:*;\n'
    const { page, agent, url, writeBalance, gateway } = await openDashboard(
      { balance, limits: { failedGuessesPerNameAndAddressPerMinute: 1 } },
      { colorScheme },
    )
    await agent({ target: (_, response) => void response.writeHead(503).end() })
    await (await fetch(`${url}/~~srv/broken`)).text()
    for (let guess = 0; guess < 2; guess++) await agent({ password: 'wrong' }).catch(() => {})
    writeBalance(`${balance}/~~x=pw#;\n`)
    await gateway.reload()
    await page.getByText('balance.bin has errors.').waitFor()
    await page.getByText('Too many wrong passwords for one tunnel').waitFor()
    await expect.poll(async () => (await cells(page, 'srv'))[5], within).toBe('1')
    expect(await seriousIn(page)).toEqual([])
    await openTunnel(page, 'srv')
    await page.getByRole('row').filter({ hasText: '/broken' }).waitFor()
    expect(await seriousIn(page)).toEqual([])
  })
})
