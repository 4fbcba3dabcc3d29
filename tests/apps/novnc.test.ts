/** noVNC before a real VNC server (TigerVNC): a WebSocket that carries a desktop, keys and a picture. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, freePort } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const pages = '/usr/share/novnc'
const [isMissing, title] = needs('noVNC', 'Xtigervnc', 'websockify', 'xev', join(pages, 'vnc.html'))

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let keys: AppProcess

  beforeAll(async () => {
    const [rfb, web] = [await freePort(), await freePort()]
    const display = `:${rfb}`
    const size = ['-geometry', '800x600', '-depth', '24']
    await AppProcess.start(
      'Xtigervnc',
      [display, ...size, '-rfbport', String(rfb), '-localhost', '-SecurityTypes', 'None'],
      {
        readyPort: rfb,
      },
    )
    // A white window that writes each key it gets.
    keys = await AppProcess.start('xev', ['-geometry', '700x500+0+0', '-event', 'keyboard'], {
      env: { DISPLAY: display },
      readyOutput: 'Outer window',
    })
    await AppProcess.start('websockify', ['--web', pages, `127.0.0.1:${web}`, `127.0.0.1:${rfb}`], {
      readyUrl: `http://127.0.0.1:${web}/`,
    })
    scene = await AppScene.open(async () => ({ novnc: `http://127.0.0.1:${web}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)('shows the desktop and passes keys %s', { timeout: sessionMs }, async mode => {
    const { page, complaints, sockets } = await scene.visitor()
    await page.goto(`${scene.url(mode, 'novnc')}vnc.html?autoconnect=true`)
    await expect.poll(() => whitePixels(page)).toBeGreaterThan(300_000)
    keys.output = ''
    const desktop = page.locator('canvas')
    await desktop.click({ position: { x: 200, y: 200 } })
    await desktop.press('k')
    await expect.poll(() => keys.output).toContain('keysym 0x6b, k')
    const [url, messages] = [...sockets][0] ?? []
    // It asks at the root of its host, whose page does not know its prefix.
    expect(new URL(url ?? '').pathname).toBe('/websockify')
    expect(messages).toBeGreaterThan(3)
    expect(complaints.filter(one => !one.includes('package.json'))).toEqual([])
  })
})

function whitePixels(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector('canvas')
    const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
    let white = 0
    for (let at = 0; at < data.length; at += 4) if (data[at] === 255 && data[at + 1] === 255) white++
    return white
  })
}
