/** esbuild's development server: a page that reloads when it hears so by server-sent events. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort, fromCache } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const command = fromCache('esbuild/node_modules/.bin/esbuild')
const [isMissing, title] = needs('esbuild', command)

const script = (text: string) => `
document.body.append('${text}')
const changes = new EventSource('/esbuild')
changes.addEventListener('open', () => { document.title = 'listening' })
changes.addEventListener('change', () => location.reload())
`

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    folder = appFolder()
    writeFileSync(
      join(folder, 'index.html'),
      '<!doctype html><link rel="icon" href="data:,"><body><script src="/out.js"></script>',
    )
    writeFileSync(join(folder, 'app.js'), script('first'))
    const port = await freePort()
    const serve = ['--servedir=.', `--serve=127.0.0.1:${port}`, '--watch=forever']
    await AppProcess.start(command, ['app.js', '--bundle', '--outfile=out.js', ...serve], {
      cwd: folder,
      readyUrl: `http://127.0.0.1:${port}/`,
    })
    scene = await AppScene.open(async () => ({ esbuild: `http://127.0.0.1:${port}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)('tells the page of a change at once %s', { timeout: sessionMs }, async mode => {
    const { page, complaints } = await scene.visitor()
    await page.goto(scene.url(mode, 'esbuild'))
    await page.waitForFunction(() => document.title === 'listening')
    const text = `changed ${mode}`
    writeFileSync(join(folder, 'app.js'), script(text))
    await page.locator('body', { hasText: text }).waitFor()
    expect(complaints).toEqual([])
  })
})
