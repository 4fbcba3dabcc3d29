/** Limits of what an agent is told of its visitors: what does not fit is counted, and the next ones are told as ever. */
import { expect } from 'vitest'
import type { GatewayLimits } from '../../../gateway/limits.ts'
import { ask } from '../../support/admin-client.ts'
import { bites } from '../../support/bites.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** An agent that has been told of the first visit, and says when it has seen what it was told. */
async function toldOnce(limits: Partial<GatewayLimits> = {}) {
  const clock = new VirtualClock()
  const { url, agent, lines } = await runGateway({ clock, limits, admin: { host: '127.0.0.1', port: 0 } })
  const one = await agent({ hello: { visits: true } })
  let visits = 0
  /** Resolves when it is over for the gateway, too. */
  const visit = async (path: string) => {
    await ask(`${url}/~~srv/${path}`)
    visits++
    await expect.poll(() => lines.filter(line => line.includes('"message":"request"')).length).toBe(visits)
  }
  await visit('first')
  await one.frame('visits')
  const told = () => one.frames.filter(frame => frame.type === 'visits')
  const seen = async () => {
    one.channel.send({ type: 'seen' })
    await one.ping()
  }
  return { clock, visit, told, seen, ping: () => one.ping() }
}

const pathsOf = (visits: readonly { readonly path: string }[] = []) => visits.map(({ path }) => path)

bites('visitsTold', 'the earlier ones are only counted, and the next message has all again', async () => {
  const { clock, visit, told, seen, ping } = await toldOnce({ visitsTold: 2 })
  for (const path of ['a', 'b', 'c', 'd']) await visit(path)
  await seen()
  await clock.pass(1_000)
  await ping()
  expect(told()[1]).toMatchObject({ leftOut: 2 })
  expect(pathsOf(told()[1]?.visits)).toEqual(['/c', '/d'])
  await seen()
  await clock.pass(1_000)
  await visit('e')
  await expect.poll(() => told()[2]?.leftOut).toBe(0)
  expect(pathsOf(told()[2]?.visits)).toEqual(['/e'])
})

bites('visitsToldMs', 'no message comes sooner, and after it the next one does', async () => {
  const { clock, visit, told, seen, ping } = await toldOnce()
  await seen()
  await visit('a')
  await clock.pass(999)
  await ping()
  expect(told()).toHaveLength(1)
  await clock.pass(1)
  await expect.poll(() => told().length).toBe(2)
  expect(pathsOf(told()[1]?.visits)).toEqual(['/a'])
})
