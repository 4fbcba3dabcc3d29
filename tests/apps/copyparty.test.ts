/** copyparty, a file server: a large file uploaded in pieces by workers, and downloaded whole. */
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort, fromCache } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const command = fromCache('copyparty/bin/copyparty')
const [isMissing, title] = needs('copyparty', command)
const megabytes = 48

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    folder = appFolder()
    const shared = join(folder, 'shared')
    mkdirSync(shared)
    const port = await freePort()
    await AppProcess.start(command, ['-i', '127.0.0.1', '-p', String(port), '-v', `${shared}::rwmd`, '-q'], {
      env: { XDG_CONFIG_HOME: folder, HOME: folder },
      readyUrl: `http://127.0.0.1:${port}/`,
    })
    scene = await AppScene.open(async () => ({ files: `http://127.0.0.1:${port} host=keep` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)(`takes ${megabytes} MB and gives them back %s`, { timeout: sessionMs }, async mode => {
    const name = `large${modes.indexOf(mode)}.bin`
    const file = join(folder, name)
    const piece = createHash('sha512').update(mode).digest()
    writeFileSync(file, Buffer.alloc(megabytes * 1_000_000, piece))
    const { page, complaints } = await scene.visitor({ acceptDownloads: true })
    await page.goto(scene.url(mode, 'files'))
    await page.click('#opa_up')
    await page.setInputFiles('#file1', file)
    await page.click('#modal-ok')
    await page.locator('#files a', { hasText: name }).first().waitFor({ timeout: 120_000 })
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#files a', { hasText: name }).first().click(),
    ])
    expect(await hashOf(await download.path())).toBe(await hashOf(file))
    expect(await hashOf(join(folder, 'shared', name))).toBe(await hashOf(file))
    expect(complaints).toEqual([])
  })
})

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer)
  return hash.digest('hex')
}
