/** Cockpit, told its path: a whole session over one WebSocket, with a terminal in it, and frames within frames. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const command = '/usr/lib/cockpit/cockpit-ws'
const [isMissing, title] = needs('Cockpit', command, 'cockpit-bridge', '/usr/share/cockpit/systemd')

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene

  beforeAll(async () => {
    const folder = appFolder()
    mkdirSync(join(folder, 'cockpit'))
    writeFileSync(join(folder, 'cockpit', 'cockpit.conf'), '[WebService]\nUrlRoot = /~~cockpit/\n')
    const port = await freePort()
    const listen = ['--no-tls', '--address', '127.0.0.1', '--port', String(port)]
    await AppProcess.start(command, [...listen, '--local-session=cockpit-bridge'], {
      env: { XDG_CONFIG_DIRS: folder },
      readyUrl: `http://127.0.0.1:${port}/~~cockpit/`,
    })
    scene = await AppScene.open(async () => ({ cockpit: `http://127.0.0.1:${port}/~~cockpit/` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)(
    'shows the machine and runs a command in its terminal %s',
    { timeout: sessionMs },
    async mode => {
      const { page, complaints, sockets } = await scene.visitor()
      await page.goto(scene.url(mode, 'cockpit'))
      await page.locator('#host-apps a', { hasText: 'Terminal' }).click()
      const terminal = page.frameLocator('iframe[name$="/system/terminal"]')
      const screen = (text: string | RegExp) =>
        terminal.locator('.xterm-rows, .xterm-accessibility', { hasText: text }).first().waitFor()
      await screen(/[#$]/)
      await terminal.locator('.xterm-helper-textarea').pressSequentially('echo to$((40+2))gether\n')
      await screen('to42gether')
      expect([...sockets.keys()].every(url => new URL(url).pathname.startsWith('/~~cockpit/'))).toBe(true)
      expect(complaints).toEqual([])
    },
  )
})
