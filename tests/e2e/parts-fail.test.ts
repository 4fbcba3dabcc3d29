/** One part of the app fails, the others live on; and all end together. */
import { describe, expect, it } from 'vitest'
import { isStandInThere, standInNeeds, windowTestMs } from '../support/app/launch-app.ts'
import { startApp } from '../support/electron-standin/start-app.ts'
import { runGateway } from '../support/running-gateway.ts'

const oneTunnel = (port: number) => ({ 'backbalance.bin': `/~~home=pw#http://127.0.0.1:${port};\n` })

describe.skipIf(!isStandInThere)(`the app ${standInNeeds}`, () => {
  it('keeps window and tray when the engine falls, says so, and starts it again', {
    timeout: windowTestMs,
  }, async () => {
    const { port } = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const app = await startApp({ files: oneTunnel(port) })
    const window = await app.window()
    const card = window.getByRole('article', { name: 'home' })
    await card.getByText('Connected').waitFor()
    const [tray] = app.machine.trays
    const told = window.getByText('The tunnels are being restarted.').waitFor()
    for (const engine of app.machine.processes) engine.kill()
    await told
    await card.getByText('Connected').waitFor()
    await window.getByText('The tunnels are being restarted.').waitFor({ state: 'detached' })
    expect(tray?.tip).toBe('Tildegate: 1 of 1 connected')
  })

  it('keeps the tunnels when the window is closed, and opens it again from the tray', {
    timeout: windowTestMs,
  }, async () => {
    const { port, gateway } = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const app = await startApp({ files: oneTunnel(port) })
    await (await app.window()).getByText('Connected').waitFor()
    const [window] = app.machine.windows
    window?.close()
    expect(app.machine.windows.size).toBe(0)
    expect(gateway.tunnels).toHaveLength(1)
    app.machine.trays[0]?.menu?.find('Open Tildegate').click()
    await (await app.window()).getByText('Connected').waitFor()
  })

  it('closes the tunnels when it quits', { timeout: windowTestMs }, async () => {
    const { port, lines } = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const app = await startApp({ files: oneTunnel(port) })
    await (await app.window()).getByText('Connected').waitFor()
    app.machine.trays[0]?.menu?.find('Quit').click()
    expect(await app.machine.app.ended).toBe(0)
    expect(app.machine.processes.size).toBe(0)
    expect(lines.join('\n')).toContain('agent left')
  })
})
