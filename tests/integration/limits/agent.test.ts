/** Limits of the agent's back-connections: after each the next one is opened as ever. */
import { once } from 'node:events'
import { expect } from 'vitest'
import { failedCodes } from '../../../net/seal/index.ts'
import { agentBites } from '../../support/bites.ts'
import { startGatewayTwin, type TwinOptions, type TwinSession } from '../../support/gateway-twin.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { type SceneOptions, startTunnel } from '../agent/scene.ts'

const patience = { timeout: 30_000 }

async function connected(limits: NonNullable<SceneOptions['tunnel']>['limits'] = {}) {
  const clock = new VirtualClock()
  const gateway: TwinOptions = {}
  const twin = await startGatewayTwin(gateway)
  const { tunnel, until } = startTunnel({ port: twin.port, tunnel: { clock, ...(limits && { limits }) } })
  const session = await twin.sessions.next()
  await until('established')
  return {
    ...{ clock, session, twin },
    open: () => tunnel.status().open,
    /** Back-connections are taken, and nothing is answered. */
    fallSilent: () => {
      gateway.isSilent = true
    },
    recover: () => {
      gateway.isSilent = false
    },
  }
}

/** A back-connection on which the welcome page is to be had. */
async function isServed(session: TwinSession): Promise<void> {
  const { back } = await session.open()
  back.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  expect(String((await once(back, 'data'))[0])).toContain('200 OK')
  back.destroy()
}

agentBites('backConnections', 'one more is refused, and opened when another has ended', async () => {
  const { session, open } = await connected({ backConnections: 2 })
  const [first] = await Promise.all([session.open(), session.open()])
  const { id } = session.ask()
  expect(await session.frames.next()).toMatchObject({ type: 'failed', id, code: failedCodes.limit })
  first.back.destroy()
  await expect.poll(open, patience).toBe(1)
  await isServed(session)
})

agentBites('openMs', 'one that does not come about is given up, and the next one is opened', async () => {
  const { clock, session, open, fallSilent, recover } = await connected({ openMs: 5_000 })
  fallSilent()
  const { id } = session.ask()
  await expect.poll(open, patience).toBe(1)
  await clock.pass(4_999)
  expect(open()).toBe(1)
  await clock.pass(1)
  expect(await session.frames.next()).toMatchObject({ type: 'failed', id })
  recover()
  await isServed(session)
})

agentBites(
  'upgradeMs',
  'a gateway that does not answer is given up, and the next one is opened',
  async () => {
    const { clock, session, twin, open, fallSilent, recover } = await connected()
    fallSilent()
    const { id } = session.ask()
    await twin.presented.next()
    await clock.pass(9_999)
    expect(open()).toBe(1)
    await clock.pass(1)
    expect(await session.frames.next()).toMatchObject({ type: 'failed', id, code: failedCodes.dial })
    recover()
    await isServed(session)
  },
)

agentBites('idleSpareMs', 'one that nobody uses is closed, and the next one is opened', async () => {
  const { clock, session, open } = await connected({ idleSpareMs: 10_000 })
  const { back } = await session.open()
  const closed = once(back.resume(), 'close')
  await clock.pass(9_999)
  expect(open()).toBe(1)
  await clock.pass(1)
  back.end()
  await closed
  await expect.poll(open, patience).toBe(0)
  await isServed(session)
})
