/** Limits of taking up balance.bin anew: what met one is taken up as soon as it fits, and what is in force stays so till then. */
import { join } from 'node:path'
import { expect } from 'vitest'
import { bites } from '../../support/bites.ts'
import { temporaryFolder } from '../../support/files.ts'
import { oneTunnel, runGateway } from '../../support/running-gateway.ts'
import { TurnedFolder } from '../../support/turned-folder.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const twoTunnels = `${oneTunnel}/~~b=pw#:*;\n`

async function gatewayWith(options: Parameters<typeof runGateway>[0] = {}) {
  const clock = new VirtualClock()
  const running = await runGateway({ clock, ...options })
  const timers = clock.waiting
  return {
    ...{ running, clock },
    /** Resolves when the gateway has noticed it. */
    async write(text: string): Promise<void> {
      running.writeBalance(text)
      await expect.poll(() => clock.waiting).toBeGreaterThan(timers)
    },
    isTaken: () => running.lines.some(line => line.includes('new settings are in force')),
  }
}

bites('refreshQuietMs', 'a file that was just written is not taken up, and one at rest is', async () => {
  const { running, clock, write, isTaken } = await gatewayWith()
  await write(twoTunnels)
  await clock.pass(299)
  expect(isTaken()).toBe(false)
  await expect(running.agent({ name: 'b' })).rejects.toMatchObject({ code: 'password-refused' })
  await expect.poll(() => clock.pass(300).then(isTaken)).toBe(true)
  await (await running.agent({ name: 'b' })).ping()
})

bites(
  'refreshUnfinishedMs',
  'a file that ends within a line waits longer, and a whole one does not',
  async () => {
    const { running, clock, write, isTaken } = await gatewayWith()
    await write(`${oneTunnel}/~~b=p`)
    await clock.pass(1_999)
    expect(isTaken()).toBe(false)
    await (await running.agent()).ping()
    running.writeBalance(twoTunnels)
    await expect.poll(() => clock.pass(300).then(isTaken)).toBe(true)
    expect(running.gateway.diagnostics).toEqual([])
    await (await running.agent({ name: 'b' })).ping()
  },
)

bites(
  'refreshLookMs',
  'a folder that is turned tells nothing of itself, and is found at the next look',
  async () => {
    const turned = new TurnedFolder(temporaryFolder(), { 'balance.bin': oneTunnel })
    const { running, clock, isTaken } = await gatewayWith({ balanceFile: join(turned.folder, 'balance.bin') })
    turned.turn({ 'balance.bin': twoTunnels })
    await clock.pass(9_999)
    expect(isTaken()).toBe(false)
    await expect.poll(() => clock.pass(1_000).then(isTaken)).toBe(true)
    await (await running.agent({ name: 'b' })).ping()
  },
)

bites('balanceBytes', 'a larger file changes nothing, and one that fits is taken up', async () => {
  const { running, clock } = await gatewayWith({ limits: { balanceBytes: 1_000 } })
  const reloaded = async () => {
    let isOver = false
    void running.gateway.reload().then(() => (isOver = true))
    await expect.poll(() => clock.pass(1_000).then(() => isOver)).toBe(true)
  }
  running.writeBalance(`${twoTunnels}# ${'x'.repeat(1_000)}\n`)
  await reloaded()
  await expect(running.agent({ name: 'b' })).rejects.toMatchObject({ code: 'password-refused' })
  await (await running.agent()).ping()
  running.writeBalance(twoTunnels)
  await reloaded()
  await (await running.agent({ name: 'b' })).ping()
})
