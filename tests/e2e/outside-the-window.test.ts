/** Tray, notifications, start at login, sleep: what the app does without its window. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { isStandInThere, standInNeeds, windowTestMs } from '../support/app/launch-app.ts'
import { startApp } from '../support/electron-standin/start-app.ts'
import { temporaryFolder } from '../support/files.ts'
import { runGateway } from '../support/running-gateway.ts'

describe.skipIf(!isStandInThere)(`outside the window ${standInNeeds}`, { timeout: windowTestMs }, () => {
  const config = process.env['XDG_CONFIG_HOME']
  afterEach(() => {
    if (config === undefined) delete process.env['XDG_CONFIG_HOME']
    else process.env['XDG_CONFIG_HOME'] = config
  })

  it('the tray tells each tunnel and copies its address', async () => {
    const { port, url } = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const app = await startApp({ files: { 'backbalance.bin': `/~~home=pw#http://127.0.0.1:${port};\n` } })
    await (await app.window()).getByText('Connected').waitFor()
    const [tray] = app.machine.trays
    expect(tray?.icon).toBe('connected.png')
    tray?.menu?.find('home').click()
    expect(app.machine.clipboard.text).toBe(`${url}/~~home/`)
  })

  it('starts hidden at login, with the tray alone', async () => {
    const app = await startApp({ arguments: ['--hidden'] })
    await app.trayTip('Tildegate: nothing is shared')
    expect(app.machine.windows.size).toBe(0)
  })

  it('is put among the programs that start at login, and taken out again', async () => {
    const folder = temporaryFolder()
    process.env['XDG_CONFIG_HOME'] = folder
    const app = await startApp({ arguments: ['--hidden'] })
    await app.trayTip('Tildegate: nothing is shared')
    const file = join(folder, 'autostart/net.tildegate.app.desktop')
    app.machine.trays[0]?.menu?.find('Start at login').click()
    expect(readFileSync(file, 'utf8')).toMatch(/^Exec=.* --hidden$/m)
    app.machine.trays[0]?.menu?.find('Start at login').click()
    expect(existsSync(file)).toBe(false)
  })

  it('notifies when a password is refused, and leads to the tunnel', async () => {
    const { port } = await runGateway({ balance: '/~~home=right#:*;\n' })
    const app = await startApp({
      arguments: ['--hidden'],
      files: { 'backbalance.bin': `/~~home=wrong#http://127.0.0.1:${port};\n` },
    })
    await app.trayTip('Tildegate: 0 of 1 connected, needs your attention')
    const told = await app.machine.until('a notification', () => app.machine.notifications[0])
    expect(told.title).toBe('home needs your attention')
    told.emitter.emit('click')
    await (await app.window()).getByRole('navigation').waitFor()
  })

  it('connects at once after a sleep', async () => {
    const { port, gateway } = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const app = await startApp({ files: { 'backbalance.bin': `/~~home=pw#http://127.0.0.1:${port};\n` } })
    const window = await app.window()
    await window.getByText('Connected').waitFor()
    await gateway.destroy()
    await window.getByText('Tries again').waitFor()
    const again = await runGateway({
      balance: '/~~home=pw#:*;\n',
      listen: [{ host: '127.0.0.1', port, tls: false }],
    })
    app.machine.power.emit('resume')
    await window.getByText('Connected').waitFor()
    expect(again.port).toBe(port)
  })
})
