/** Transmission's web interface: a login (Basic), a torrent uploaded, its data found whole, a setting kept. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const [isMissing, title] = needs('Transmission', 'transmission-daemon', 'transmission-create')

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    folder = appFolder()
    const downloads = join(folder, 'downloads')
    mkdirSync(downloads)
    for (const [at] of modes.entries()) {
      const file = join(downloads, `sample${at}.txt`)
      writeFileSync(file, String(at).repeat(300_000))
      spawnSync('transmission-create', ['-o', join(folder, `sample${at}.torrent`), file])
    }
    const port = await freePort()
    const peers = ['--peerport', String(await freePort()), '--bind-address-ipv4', '127.0.0.1', '--no-portmap']
    await AppProcess.start(
      'transmission-daemon',
      [
        ...['--foreground', '--config-dir', join(folder, 'config'), '--download-dir', downloads, ...peers],
        ...['--port', String(port), '--rpc-bind-address', '127.0.0.1', '--allowed', '127.0.0.1'],
        ...['--auth', '--username', 'me', '--password', 'secret', '--no-dht', '--no-lpd', '--no-utp'],
      ],
      { readyUrl: `http://127.0.0.1:${port}/` },
    )
    scene = await AppScene.open(async () => ({ transmission: `http://127.0.0.1:${port}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)('takes a torrent and checks its data %s', { timeout: sessionMs }, async mode => {
    const sample = `sample${modes.indexOf(mode)}`
    const visitor = await scene.visitor({ httpCredentials: { username: 'me', password: 'secret' } })
    const { page, complaints } = visitor
    // Its buttons do nothing before it knows the session.
    const session = page.waitForResponse(answer => answer.ok() && answer.url().endsWith('/rpc'))
    await page.goto(scene.url(mode, 'transmission'))
    await session
    await page.click('#toolbar-open')
    await page.setInputFiles('#torrent_upload_file', join(folder, `${sample}.torrent`))
    await page.click('#upload_confirm_button')
    const row = page.locator('#torrent_list li', { hasText: `${sample}.txt` })
    await row.locator('.torrent_progress_details', { hasText: '300.0 kB, uploaded' }).waitFor()
    // 409 is how it hands out the session that later requests name.
    expect(complaints.filter(one => !/^409 POST .*\/rpc$/.test(one))).toEqual([])
  })

  test('asks for its password as itself, so that no other tunnel gets it', async () => {
    const { page } = await scene.visitor({ httpCredentials: { username: 'me', password: 'wrong' } })
    const answer = await page.goto(scene.url('below its prefix', 'transmission'))
    expect(answer?.status()).toBe(401)
    expect(answer?.headers()['www-authenticate']).toBe('Basic realm="Transmission (/~~transmission/)"')
  })
})
