/** Syncthing: a login (Basic, then a cookie), CSRF tokens in a cookie that scripts read, events by long polling. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const [isMissing, title] = needs('Syncthing', 'syncthing')

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    folder = appFolder()
    const home = join(folder, 'home')
    const user = ['--gui-user=me', '--gui-password=secret']
    spawnSync('syncthing', [
      'generate',
      `--home=${home}`,
      '--no-default-folder',
      '--skip-port-probing',
      ...user,
    ])
    const port = await freePort()
    await AppProcess.start(
      'syncthing',
      ['serve', `--home=${home}`, '--no-browser', '--no-upgrade', `--gui-address=127.0.0.1:${port}`],
      { env: { HOME: folder }, readyUrl: `http://127.0.0.1:${port}/` },
    )
    scene = await AppScene.open(async () => ({ syncthing: `http://127.0.0.1:${port}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)(
    'shares a new folder and tells of it by its events %s',
    { timeout: sessionMs },
    async mode => {
      const { page, complaints } = await scene.visitor({
        httpCredentials: { username: 'me', password: 'secret' },
      })
      const events: string[] = []
      page.on('response', answer => {
        if (answer.url().includes('/rest/events?')) events.push(answer.url())
      })
      await page.goto(scene.url(mode, 'syncthing'))
      // Asked once, whether it may report how it is used.
      const no = page.locator('#ur button', { hasText: 'No' })
      if (mode === modes[0]) await no.click()
      await page.locator('button', { hasText: 'Add Folder' }).click()
      const label = `shared ${mode}`
      await page.fill('#folderLabel', label)
      await page.fill('#folderPath', join(folder, label))
      await page.locator('#editFolder button', { hasText: 'Save' }).click()
      await page.locator('.panel-title', { hasText: label }).waitFor()
      await expect.poll(() => events.length).toBeGreaterThan(0)
      const expected = /^503 GET .*\/system\/upgrade$/
      expect(complaints.filter(one => !expected.test(one))).toEqual([])
    },
  )
})
