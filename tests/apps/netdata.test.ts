/** Netdata: a page whose charts move with what they ask for each second. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const command = '/usr/sbin/netdata'
const [isMissing, title] = needs('Netdata', command, '/usr/share/netdata/web/index.html')

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene

  beforeAll(async () => {
    const folder = appFolder()
    for (const name of ['cache', 'lib', 'log']) mkdirSync(join(folder, name))
    const port = await freePort()
    const off = ['apps', 'python.d', 'charts.d', 'go.d', 'cgroups', 'tc', 'idlejitter']
    writeFileSync(
      join(folder, 'netdata.conf'),
      `[global]
  run as user = ${process.env['USER'] ?? 'root'}
[db]
  mode = ram
[web]
  bind to = 127.0.0.1:${port}
[directories]
  web files = /usr/share/netdata/web
  cache = ${join(folder, 'cache')}
  lib = ${join(folder, 'lib')}
  log = ${join(folder, 'log')}
[registry]
  enabled = no
[plugins]
${off.map(name => `  ${name} = no`).join('\n')}
`,
    )
    await AppProcess.start(command, ['-D', '-c', join(folder, 'netdata.conf'), '-P', join(folder, 'pid')], {
      readyUrl: `http://127.0.0.1:${port}/`,
    })
    scene = await AppScene.open(async () => ({ netdata: `http://127.0.0.1:${port}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)('draws its charts and goes on %s', { timeout: sessionMs }, async mode => {
    const { page, complaints } = await scene.visitor()
    let asked = 0
    page.on('response', answer => {
      if (answer.ok() && answer.url().includes('/api/v1/')) asked++
    })
    await page.goto(scene.url(mode, 'netdata'))
    await page.locator('.netdata-chart canvas, .netdata-chart svg').first().waitFor()
    const before = asked
    // Rarely while it knows little.
    await expect.poll(() => asked, { timeout: 60_000 }).toBeGreaterThan(before)
    // What it asks the world outside, which is not there.
    expect(complaints.filter(one => !/my-netdata|github|prismic|google/.test(one))).toEqual([])
  })
})
