/** Node-RED: a login, a flow imported from a file and deployed, its messages by WebSocket, the flow exported. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort, fromCache } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const main = fromCache('node-red/node_modules/node-red/red.js')
const [isMissing, title] = needs('Node-RED', main)

const flow = (at: number, text: string) =>
  JSON.stringify([
    {
      id: `debug${at}`,
      type: 'debug',
      name: 'seen',
      active: true,
      tosidebar: true,
      complete: 'payload',
      x: 400,
      y: 80,
      wires: [],
    },
    {
      ...{
        id: `inject${at}`,
        type: 'inject',
        name: 'go',
        props: [{ p: 'payload' }],
        payload: text,
        payloadType: 'str',
      },
      ...{ repeat: '', crontab: '', once: true, onceDelay: 0.1, x: 150, y: 80, wires: [[`debug${at}`]] },
    },
  ])

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    folder = appFolder()
    const bcrypt = createRequire(main)('bcryptjs') as { hashSync(text: string, rounds: number): string }
    const user = { username: 'me', password: bcrypt.hashSync('secret', 4), permissions: '*' }
    const settings = {
      ...{
        adminAuth: { type: 'credentials', users: [user] },
        telemetry: { enabled: false, updateNotification: false },
      },
      ...{ editorTheme: { tours: false }, externalModules: { palette: { allowInstall: false } } },
    }
    writeFileSync(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(settings)}\n`)
    const port = await freePort()
    await AppProcess.start(process.execPath, [main, '--userDir', folder, '-p', String(port)], {
      readyUrl: `http://127.0.0.1:${port}/`,
    })
    scene = await AppScene.open(async () => ({ nodered: `http://127.0.0.1:${port}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)('imports, deploys, runs and exports a flow %s', { timeout: sessionMs }, async mode => {
    const text = `hello ${mode}`
    const file = join(folder, 'flow.json')
    writeFileSync(file, flow(modes.indexOf(mode), text))
    const { page, complaints, sockets } = await scene.visitor({ acceptDownloads: true })
    await page.goto(scene.url(mode, 'nodered'))
    await page.fill('#node-dialog-login-username', 'me')
    await page.fill('#node-dialog-login-password', 'secret')
    await page.click('#node-dialog-login-submit')
    // It shows the one when its flows are loaded, and has the other when it knows its keys.
    await page.locator('#red-ui-header-button-deploy').waitFor()
    await page.locator('#menu-item-import').waitFor({ state: 'attached' })
    await page.click('#red-ui-workspace-chart')
    await page.keyboard.press('Control+i')
    await page.setInputFiles('#red-ui-clipboard-dialog-import-file-upload', file)
    await page.click('#red-ui-clipboard-dialog-ok')
    await page.click('#red-ui-workspace-chart', { position: { x: 300, y: 300 } })
    await page.click('#red-ui-header-button-deploy:not(.disabled)')
    await page.keyboard.press('Control+g')
    await page.keyboard.press('d')
    await page.locator('.red-ui-debug-msg', { hasText: text }).first().waitFor()
    expect(Math.max(...sockets.values())).toBeGreaterThan(1)

    await page.keyboard.press('Control+e')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('#red-ui-clipboard-dialog-download'),
    ])
    expect(readFileSync(await download.path(), 'utf8')).toContain(text)
    // It asks for its settings to learn that it must log in, and for nodes where there is no network.
    expect(complaints.filter(one => !/^401 GET .*\/settings|catalogue\.nodered\.org/.test(one))).toEqual([])
  })
})
