/** The pages as a visitor's real browser sees them: `tildegate demo`, the welcome page, the gateway's own pages. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { BrowserPage, browserPath, howToGetBrowser } from '../support/browser.ts'
import { temporaryFolder } from '../support/files.ts'
import { startAgent, startGateway, startProgram, stopAll } from '../support/programs.ts'

const patience = { timeout: 30_000, interval: 100 }

describe.skipIf(browserPath === undefined)(`a real browser ${howToGetBrowser}`, () => {
  afterEach(stopAll)

  it('shows the demo: page, style, script, images, events, WebSocket, upload', {
    timeout: 120_000,
  }, async () => {
    const demo = startProgram(['demo'])
    const [, url = ''] = await demo.line(/^agent ready \/~~demo (http:\S+\/~~demo\/)$/)
    const page = await BrowserPage.open()
    await page.go(url)
    const text = (id: string) => page.evaluate<string>(`document.getElementById('${id}').value`)

    // The script runs, the events and the WebSocket come through.
    await expect.poll(() => text('echoed'), patience).toBe('connected')
    await expect.poll(() => text('clock'), patience).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    const first = await text('clock')
    await expect.poll(() => text('clock'), patience).not.toBe(first)
    await page.evaluate(`document.querySelector('#echo button').click()`)
    await expect.poll(() => text('echoed'), patience).toBe('came back: Hello, tunnel!')

    // The style counts, and every picture is one.
    expect(await page.evaluate(`getComputedStyle(document.querySelector('main')).maxWidth`)).not.toBe('none')
    const widths = await page.evaluate<number[]>(`Array.from(document.images, image => image.naturalWidth)`)
    expect(widths.length).toBeGreaterThanOrEqual(2)
    expect(Math.min(...widths)).toBeGreaterThan(0)

    // A file goes up as a person sends it.
    await page.evaluate(`(() => {
      const files = new DataTransfer()
      files.items.add(new File(['x'.repeat(300000)], 'x.txt'))
      document.querySelector('#upload input').files = files.files
      document.querySelector('#upload button').click()
    })()`)
    await expect.poll(() => text('uploaded'), patience).toMatch(/^300000 bytes, SHA-256 [0-9a-f]{64}$/)

    // Everything was under the tunnel's own prefix, and nothing was missing.
    expect(page.answers.length).toBeGreaterThanOrEqual(6)
    for (const answer of page.answers) {
      expect(answer.url.startsWith(url)).toBe(true)
      expect(answer.status).toBeLessThan(400)
    }
    expect([page.failures, page.complaints]).toEqual([[], []])
  })

  it('shows the welcome page of an agent that shares nothing, and the page of a name that is not connected', {
    timeout: 120_000,
  }, async () => {
    const file = join(
      temporaryFolder({ 'balance.bin': '/~~pc=pw#:*;\n/~~dead=127.0.0.1:9;\n' }),
      'balance.bin',
    )
    const gateway = await startGateway(['--listen', '127.0.0.1:0', '--balance', file])
    await startAgent(['--line', `/~~pc=pw#${gateway.host};`])
    const page = await BrowserPage.open()
    for (const [path, title, status] of [
      ['/~~pc/', 'This PC is reachable', 200],
      ['/~~other/', 'Nothing is connected here', 404],
      ['/~~dead/', 'The service does not answer', 502],
    ] as const) {
      await page.go(gateway.url + path)
      await expect.poll(() => page.evaluate(`document.querySelector('h1')?.innerText`), patience).toBe(title)
      const answer = page.answers.find(one => one.url === gateway.url + path)
      expect(answer?.status).toBe(status)
      // Our content policy lets our own style through.
      expect(await page.evaluate(`getComputedStyle(document.querySelector('h1')).lineHeight`)).not.toBe(
        'normal',
      )
    }
    expect(page.complaints.filter(one => !/40[0-9]|50[0-9]|favicon/.test(one))).toEqual([])
  })
})
