/** The pages as a visitor's real browser sees them: `tildegate demo`, the welcome page, the gateway's own pages. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { hasBrowser, howToGetBrowser, openBrowserPage } from '../support/browser.ts'
import { temporaryFolder } from '../support/files.ts'
import { startAgent, startGateway, startProgram, stopAll } from '../support/programs.ts'

const patience = { timeout: 30_000, interval: 100 }

describe.skipIf(!hasBrowser)(`a real browser ${howToGetBrowser}`, () => {
  afterEach(stopAll)

  it('shows the demo: page, style, script, images, events, WebSocket, upload', {
    timeout: 120_000,
  }, async () => {
    const demo = startProgram(['demo'])
    const [, url = ''] = await demo.line(/^agent ready \/~~demo (http:\S+\/~~demo\/)$/)
    const { page, answers, complaints } = await openBrowserPage()
    await page.goto(url)

    // The script runs, the events and the WebSocket come through.
    const clock = page.locator('#clock')
    const echoed = page.locator('#echoed')
    await expect.poll(() => echoed.textContent(), patience).toBe('connected')
    await expect.poll(() => clock.textContent(), patience).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    const first = await clock.textContent()
    await expect.poll(() => clock.textContent(), patience).not.toBe(first)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await expect.poll(() => echoed.textContent(), patience).toBe('came back: Hello, tunnel!')

    // The style counts, and every picture is one.
    expect(await page.evaluate(`getComputedStyle(document.querySelector('main')).maxWidth`)).toBe('640px')
    const widths: number[] = await page.evaluate('Array.from(document.images, image => image.naturalWidth)')
    expect(widths.length).toBeGreaterThanOrEqual(2)
    expect(Math.min(...widths)).toBeGreaterThan(0)

    // A file goes up as a person sends it.
    const file = { name: 'x.txt', mimeType: 'text/plain', buffer: Buffer.alloc(300_000, 'x') }
    await page.locator('#upload input').setInputFiles(file)
    await page.getByRole('button', { name: 'Upload' }).click()
    await expect
      .poll(() => page.locator('#uploaded').textContent(), patience)
      .toMatch(/^300000 bytes, SHA-256 [0-9a-f]{64}$/)

    // Everything was under the tunnel's own prefix, and nothing was missing.
    expect(answers.length).toBeGreaterThanOrEqual(6)
    for (const answer of answers) {
      expect(answer.url.startsWith(url)).toBe(true)
      expect(answer.status).toBeLessThan(400)
    }
    expect(complaints).toEqual([])
  })

  it('shows the welcome page of an agent that shares nothing, and our own pages, in their own style', {
    timeout: 120_000,
  }, async () => {
    const file = join(
      temporaryFolder({ 'balance.bin': '/~~pc=pw#:*;\n/~~dead=127.0.0.1:9;\n' }),
      'balance.bin',
    )
    const gateway = await startGateway(['--listen', '127.0.0.1:0', '--balance', file])
    await startAgent(['--line', `/~~pc=pw#${gateway.host};`])
    const { page, complaints } = await openBrowserPage()
    for (const [path, title, status] of [
      ['/~~pc/', 'This PC is reachable', 200],
      ['/~~other/', 'Nothing is connected here', 404],
      ['/~~dead/', 'The service does not answer', 502],
    ] as const) {
      const answer = await page.goto(gateway.url + path)
      expect(answer?.status()).toBe(status)
      expect(await page.locator('h1').textContent()).toBe(title)
      // The content policy lets our own style through.
      expect(await page.evaluate(`getComputedStyle(document.querySelector('h1')).fontWeight`)).toBe('650')
    }
    expect(complaints.filter(one => !/status of (?:404|502)/.test(one))).toEqual([])
  })
})
