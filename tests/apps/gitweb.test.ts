/** gitweb behind lighttpd: pages rendered by CGI, links from the root, an archive downloaded. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const pages = '/usr/share/gitweb'
const [isMissing, title] = needs('gitweb', join(pages, 'gitweb.cgi'), '/usr/sbin/lighttpd')

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene

  beforeAll(async () => {
    const folder = appFolder()
    const git = (...args: string[]) =>
      spawnSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.org', ...args], { cwd: folder })
    git('init', '--quiet', 'demo')
    writeFileSync(join(folder, 'demo', 'words.txt'), 'hello from gitweb\n')
    git('-C', 'demo', 'add', '.')
    git('-C', 'demo', 'commit', '--quiet', '-m', 'First words')
    writeFileSync(
      join(folder, 'gitweb.conf'),
      `$projectroot = '${folder}'; $feature{'snapshot'}{'default'} = ['tgz'];`,
    )
    const port = await freePort()
    writeFileSync(
      join(folder, 'lighttpd.conf'),
      `server.document-root = "${pages}"
server.bind = "127.0.0.1"
server.port = ${port}
server.modules = ("mod_cgi", "mod_setenv")
index-file.names = ("gitweb.cgi")
cgi.assign = (".cgi" => "/usr/bin/perl")
mimetype.assign = (".css" => "text/css", ".js" => "text/javascript", ".png" => "image/png")
setenv.add-environment = ("GITWEB_CONFIG" => "${join(folder, 'gitweb.conf')}")
`,
    )
    await AppProcess.start('/usr/sbin/lighttpd', ['-D', '-f', join(folder, 'lighttpd.conf')], {
      readyUrl: `http://127.0.0.1:${port}/`,
    })
    scene = await AppScene.open(async () => ({ gitweb: `http://127.0.0.1:${port}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)('is clicked through to a file and an archive %s', { timeout: sessionMs }, async mode => {
    const { page, complaints } = await scene.visitor({ acceptDownloads: true })
    await page.goto(scene.url(mode, 'gitweb'))
    await page.click('a.list:has-text("demo")')
    await page.locator('a', { hasText: 'First words' }).first().click()
    await page
      .locator('.page_nav a', { hasText: /^tree$/ })
      .first()
      .click()
    await page.locator('a', { hasText: 'words.txt' }).first().click()
    await page.locator('.page_body', { hasText: 'hello from gitweb' }).waitFor()
    await page.goBack()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page
        .locator('a', { hasText: /^snapshot$|tgz/ })
        .first()
        .click(),
    ])
    expect(gunzipSync(readFileSync(await download.path())).toString()).toContain('hello from gitweb')
    expect(page.url().startsWith(scene.url(mode, 'gitweb'))).toBe(true)
    expect(complaints).toEqual([])
  })
})
