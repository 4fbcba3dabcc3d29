/** The gateway falls, the cable is out, the computer sleeps: what card, tray and notifications say, and how the tunnels come back. */
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { isStandInThere, standInNeeds, windowTestMs } from '../support/app/launch-app.ts'
import { answerOfMain } from '../support/electron-standin/ask-main.ts'
import type { Machine } from '../support/electron-standin/machine.ts'
import { startApp } from '../support/electron-standin/start-app.ts'
import { temporaryFolder } from '../support/files.ts'
import { canMakeNamespaces, joinHosts } from '../support/namespace.ts'
import { startProgram, stopAll } from '../support/programs.ts'
import { runGateway } from '../support/running-gateway.ts'

const minute = 60_000
/** What is told together is gathered for some seconds. */
const gathered = 5_000
const names = ['home', 'office', 'shop']
const balance = names.map(name => `/~~${name}=pw#:*;\n`).join('')
const entries = (host: string, count = 3) =>
  names
    .slice(0, count)
    .map(name => `/~~${name}=pw#http://${host};\n`)
    .join('')

async function gatewayAt(listen: string, within: readonly string[] = []) {
  const folder = temporaryFolder({ 'balance.bin': balance })
  const args = ['gateway', '--listen', listen, '--balance', `${folder}/balance.bin`]
  const program = startProgram(args, { within })
  const [, url] = await program.line(/^gateway ready (\S+)$/)
  return { program, host: new URL(url ?? '').host }
}

/** What the icon by the clock shows. */
function tray({ trays: [tray] }: Machine) {
  const lines = tray?.menu?.items.map(({ label }) => label) ?? []
  return {
    icon: tray?.icon,
    tunnels: lines.filter(label => names.some(name => label.startsWith(`${name}:`))),
  }
}

const trayOf = (machine: Machine) => expect.poll(() => tray(machine))
const all = (state: string) => names.map(name => `${name}: ${state}`)
const told = (machine: Machine) => machine.notifications.map(({ title, body }) => ({ title, body }))

const card = (window: Page, name: string) => window.getByRole('article', { name, exact: true })
const says = (window: Page, name: string, words: string | RegExp) =>
  card(window, name).getByRole('status').filter({ hasText: words }).waitFor()

describe.skipIf(!isStandInThere)(`the app ${standInNeeds}`, { timeout: windowTestMs }, () => {
  afterEach(stopAll)

  it('says that the gateway is gone, tells of it once after a minute, and of the return once', async () => {
    const first = await gatewayAt('127.0.0.1:0')
    const { machine, window: opened } = await startApp({
      files: { 'backbalance.bin': entries(first.host) },
    })
    const window = await opened()
    for (const name of names) await says(window, name, 'Connected')
    await trayOf(machine).toEqual({ icon: 'connected.png', tunnels: all('connected') })

    first.program.signal('SIGKILL')
    await first.program.ended
    for (const name of names) {
      await says(window, name, 'Tries again')
      await card(window, name).getByRole('button', { name: 'Try again now' }).waitFor()
    }
    await trayOf(machine).toMatchObject({ icon: 'connecting.png' })
    machine.clock.pass(minute / 4)
    expect(told(machine)).toEqual([])
    machine.clock.pass(minute)
    expect(told(machine)).toEqual([{ title: '3 tunnels are not connected', body: names.join(', ') }])
    machine.clock.pass(30 * minute)
    expect(machine.notifications).toHaveLength(1)

    await gatewayAt(first.host)
    for (const name of names) await answerOfMain(window, 'tunnels.retry', { id: `${name}@${first.host}` })
    for (const name of names) await says(window, name, 'Connected')
    await trayOf(machine).toEqual({ icon: 'connected.png', tunnels: all('connected') })
    machine.clock.pass(gathered)
    expect(told(machine).slice(1)).toEqual([
      { title: '3 tunnels are connected again', body: expect.stringContaining('home') },
    ])
    machine.clock.pass(minute)
    expect(machine.notifications).toHaveLength(2)
  })

  it('is back at once after a sleep, and tells nothing of it', async () => {
    const { port, lines, gateway } = await runGateway({ balance, limits: { deadMs: 2_000, aliveMs: 500 } })
    const { machine, window: opened } = await startApp({
      files: { 'backbalance.bin': entries(`127.0.0.1:${port}`) },
    })
    const window = await opened()
    for (const name of names) await says(window, name, 'Connected')
    const [engine] = machine.processes
    machine.power.emit('suspend')
    process.kill(engine?.pid ?? 0, 'SIGSTOP')
    await expect.poll(() => gateway.tunnels.length).toBe(0)
    machine.clock.jump(8 * 60 * minute)
    process.kill(engine?.pid ?? 0, 'SIGCONT')
    machine.power.emit('resume')
    await expect.poll(() => gateway.tunnels.length).toBe(3)
    for (const name of names) await says(window, name, 'Connected')
    await trayOf(machine).toEqual({ icon: 'connected.png', tunnels: all('connected') })
    machine.clock.pass(30 * minute)
    expect(told(machine)).toEqual([])
    expect(lines.filter(line => line.includes('"reason":"silent"'))).toHaveLength(3)
  })
})

describe.skipIf(!isStandInThere || !canMakeNamespaces)(
  `the app on a host of its own ${standInNeeds} [needs root and: apt-get install iproute2]`,
  { timeout: windowTestMs },
  () => {
    afterEach(stopAll)

    it('says that the network is gone, and is back when it is', async () => {
      const hosts = joinHosts()
      onTestFinished(() => hosts.remove())
      const gateway = await gatewayAt(`${hosts.addressThere}:8443`, hosts.there)
      const { machine, window: opened } = await startApp({
        files: { 'backbalance.bin': entries(gateway.host, 1) },
        within: hosts.here,
      })
      const window = await opened()
      await says(window, 'home', 'Connected')

      hosts.unplug()
      await says(window, 'home', /Tries again|Connecting/)
      await trayOf(machine).toMatchObject({ icon: 'connecting.png' })
      hosts.plug()
      await says(window, 'home', 'Connected')
      await trayOf(machine).toEqual({ icon: 'connected.png', tunnels: ['home: connected'] })
      machine.clock.pass(30 * minute)
      expect(told(machine)).toEqual([])

      hosts.unplug()
      await card(window, 'home').getByRole('alert').waitFor()
      machine.clock.pass(minute + gathered)
      expect(told(machine).map(({ title }) => title)).toEqual(['home is not connected'])
      hosts.plug()
      await says(window, 'home', 'Connected')
      machine.clock.pass(gathered)
      expect(told(machine).map(({ title }) => title)).toEqual([
        'home is not connected',
        'home is connected again',
      ])
    })
  },
)
