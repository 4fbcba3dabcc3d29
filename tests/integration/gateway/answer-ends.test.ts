/** Answers that only the end of their connection ends: whole or cut, as the agent says. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { AgentTwin, OpenFrame } from '../../support/agent-twin.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'

/** No spares: each OPEN stands for a visitor. */
const noSpares = { sparesMin: 0, sparesMax: 0 }

describe('the end of an answer without a length', () => {
  /** How the visitor's connection ended; fetch would not tell a reset from an end here. */
  async function answerWithoutLength(say: (agent: AgentTwin, frame: OpenFrame) => void, hello = {}) {
    const { agent, port } = await runGateway({ limits: { ...noSpares, endedMs: 200 } })
    const one = await agent({ onOpen: () => {}, hello })
    const visitor = await RawPeer.connect(port)
    visitor.send('GET /~~srv/ HTTP/1.1\r\nHost: gw\r\n\r\n')
    const frame = await one.frame('open')
    const stream = await one.openBack(frame)
    await once(stream, 'data')
    stream.write('HTTP/1.1 200 OK\r\n\r\nhalf or whole?')
    await visitor.until('half or whole?')
    stream.end()
    say(one, frame)
    return visitor.closed
  }

  test('is in order with the agent’s word', async () => {
    const ended = answerWithoutLength((agent, { id }) =>
      agent.channel.send({ type: 'ended', id, isInOrder: true }),
    )
    expect(await ended).toBe('end')
  })

  test('is cut visibly when the agent says that the target broke off', async () => {
    const cut = answerWithoutLength((agent, { id }) =>
      agent.channel.send({ type: 'ended', id, isInOrder: false }),
    )
    expect(await cut).toBe('reset')
  })

  test('is cut visibly when the agent died', async () => {
    expect(await answerWithoutLength(agent => agent.channel.destroy())).toBe('reset')
  })

  test('is cut visibly when no word comes in time', async () => {
    expect(await answerWithoutLength(() => {})).toBe('reset')
  })

  test('is believed of an agent that never says it', async () => {
    expect(await answerWithoutLength(() => {}, { ended: false })).toBe('end')
  })
})
