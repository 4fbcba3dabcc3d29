/** Vite's development server, with nothing set: modules from the root, and changes of a file by WebSocket, without a reload. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort, fromCache } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const main = fromCache('vite/node_modules/vite/bin/vite.js')
const [isMissing, title] = needs('Vite', main)

const files = {
  'index.html':
    '<!doctype html><link rel="icon" href="/icon.svg"><h1></h1><script type="module" src="/src/main.js"></script>',
  'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'src/style.css': 'h1 { color: rgb(1, 2, 3) }',
  'src/text.js': 'export const text = "first"',
  'src/main.js': `import './style.css'
import { text } from './text.js'
const show = text => { document.querySelector('h1').textContent = text }
show(text)
window.startedAt = Math.random()
import.meta.hot.accept('./text.js', changed => show(changed.text))
`,
}

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    folder = appFolder()
    mkdirSync(join(folder, 'src'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const port = await freePort()
    await AppProcess.start(
      process.execPath,
      [main, '--host', '127.0.0.1', '--port', String(port), '--strictPort'],
      {
        cwd: folder,
        readyUrl: `http://127.0.0.1:${port}/`,
      },
    )
    scene = await AppScene.open(async () => ({ vite: `http://127.0.0.1:${port}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)('shows a page and replaces a module in it %s', { timeout: sessionMs }, async mode => {
    const { page, complaints, sockets } = await scene.visitor()
    await page.goto(scene.url(mode, 'vite'))
    await page.locator('h1', { hasText: /./ }).waitFor()
    expect(await page.locator('h1').evaluate(title => getComputedStyle(title).color)).toBe('rgb(1, 2, 3)')
    await expect.poll(() => Math.max(...sockets.values())).toBeGreaterThan(0)
    const startedAt = await page.evaluate('startedAt')
    const text = `changed ${mode}`
    writeFileSync(join(folder, 'src/text.js'), `export const text = '${text}'`)
    await page.locator('h1', { hasText: text }).waitFor()
    expect(await page.evaluate('startedAt')).toBe(startedAt)
    expect(complaints).toEqual([])
  })
})
