/** VISITS and SEEN as docs/protocol.md, 3, has them, read by the second implementation. */
import { expect, test } from 'vitest'
import { runGateway } from '../support/running-gateway.ts'
import { openBack, register } from './foreign-agent.ts'
import { answerOnce, nextOpen, noSpares } from './foreign-agent-steps.ts'
import { type Frames, frameType, Reader } from './wire.ts'

const [visitsType, seenType] = [0x81, 0x82]

function read(payload: Buffer) {
  const visits = []
  let at = 4
  const text = () => {
    const length = payload.readUInt8(at)
    at += 1 + length
    return payload.toString('utf8', at - length, at)
  }
  while (at < payload.length) {
    const [ago, duration, status] = [
      payload.readUInt32BE(at),
      payload.readUInt32BE(at + 4),
      payload.readUInt16BE(at + 8),
    ]
    at += 10
    visits.push({ ago, duration, status, address: text(), method: text(), path: text() })
  }
  return { leftOut: payload.readUInt32BE(0), visits }
}

async function nextVisits(frames: Frames) {
  for (;;) {
    const { type, payload } = await frames.receive()
    if (type === visitsType) return read(payload)
  }
}

test('a gateway tells who visits, and again only after SEEN', async () => {
  const { port, url } = await runGateway({ ...noSpares })
  const { frames, answer } = await register(port, 'srv', 'pw', { visits: true })
  expect(answer.visits).toBe(true)
  const first = fetch(`${url}/~~srv/a?secret=1`, { method: 'DELETE' })
  const { stream } = await openBack(port, await nextOpen(frames), answer)
  const reader = new Reader(stream)
  await answerOnce(stream, reader, 'done')
  await (await first).text()
  const told = await nextVisits(frames)
  expect(told).toMatchObject({
    leftOut: 0,
    visits: [{ status: 200, address: '127.0.0.1', method: 'DELETE', path: '/a' }],
  })

  const path = `/${'x'.repeat(400)}`
  for (const one of ['/b', path]) {
    const next = fetch(`${url}/~~srv${one}`)
    await answerOnce(stream, reader, 'done')
    await (await next).text()
  }
  frames.send(frameType.ping, Buffer.alloc(8))
  expect((await frames.receive()).type).toBe(frameType.pong)
  frames.send(seenType, Buffer.alloc(0))
  const { visits } = await nextVisits(frames)
  expect(visits.map(visit => visit.path)).toEqual(['/b', `${path.slice(0, 252)}…`])
})
