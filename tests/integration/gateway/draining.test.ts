/** What visitors meet whose request is on its way at the very moment at which a graceful stop begins. */
import { describe, expect, test } from 'vitest'
import { ask, errorCodes, frameTypes, Http2RawPeer } from '../../support/http2-raw-peer.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'

const post = 'POST /~~srv/ HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\nok'
const answered = /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\ngot ok/

/** Longer than any computer under load needs. */
const patiently = { stopIdleMs: 20_000 }

async function echoing(limits: { stopIdleMs: number } = patiently) {
  const running = await runGateway({ limits })
  await running.agent({
    target: (request, response) => {
      request.setEncoding('utf8')
      let body = ''
      request.on('data', (text: string) => {
        body += text
      })
      request.on('end', () => response.end(`got ${body}`))
    },
  })
  return running
}

/** A connection on which a request has been answered, and that is kept alive. */
async function keptAlive(port: number): Promise<RawPeer> {
  const peer = await RawPeer.connect(port)
  peer.send(post)
  expect(await peer.until(answered)).not.toMatch(/^connection: close/im)
  peer.clear()
  return peer
}

describe('visitors that keep their connection', () => {
  test('get an answer to what they sent just before and just after a stop began, and are told that it is the last', async () => {
    const { gateway, port } = await echoing()
    const peers: RawPeer[] = []
    for (let i = 0; i < 120; i++) peers.push(await keptAlive(port))
    const send = (some: RawPeer[]) => {
      for (const peer of some) peer.send(post)
    }
    send(peers.slice(0, 40))
    const stopped = gateway.stop()
    send(peers.slice(40, 80))
    setImmediate(() => send(peers.slice(80)))
    for (const peer of peers) {
      expect(await peer.until(answered)).toMatch(/^connection: close\r$/im)
      expect(await peer.closed).toBe('end')
    }
    await stopped
  })

  test('send their request while another one ends, and are answered', async () => {
    const { gateway, port } = await echoing()
    const [busy, resting] = [await keptAlive(port), await keptAlive(port)]
    busy.send(post.replace('ok', ''))
    const stopped = gateway.stop()
    busy.send('ok')
    await busy.until(answered)
    resting.send(post)
    await resting.until(answered)
    await stopped
  })

  test('and send nothing more do not keep the gateway: it waits for them as long as the limit says', async () => {
    const { gateway, port } = await echoing({ stopIdleMs: 50 })
    const peer = await keptAlive(port)
    await gateway.stop()
    await peer.closed
    expect(peer.received).toBe('')
  })
})

describe('a visitor by HTTP/2', () => {
  const lastOf = ({ payload }: { payload: Buffer }) => payload.readUInt32BE(0) & 0x7fffffff
  const isGoaway = ({ type }: { type: number }) => type === frameTypes.goaway

  async function visiting() {
    const listen = [{ host: '127.0.0.1', port: 0, tls: true }]
    const running = await runGateway({ listen, limits: patiently })
    const answers: (() => void)[] = []
    await running.agent({
      target: (request, response) => {
        if (request.url?.endsWith('slow')) answers.push(() => response.end('late'))
        else response.end('ok')
      },
    })
    const peer = await Http2RawPeer.connect(running.port)
    const request = (stream: number, rest: string) => {
      const fields = ask('GET', rest)
      peer.request(
        stream,
        fields.map(([name, value]) => [name, value.replace('/~~t/', '/~~srv/')]),
      )
    }
    return { gateway: running.gateway, peer, request, answers }
  }

  test('that waits for an answer gets it, and is told which request was the last one taken', async () => {
    const { gateway, peer, request, answers } = await visiting()
    request(1, 'slow')
    await expect.poll(() => answers.length, { timeout: 30_000 }).toBe(1)
    const stopped = gateway.stop()
    const goaway = await peer.until(isGoaway)
    expect([lastOf(goaway), goaway.payload.readUInt32BE(4)]).toEqual([1, errorCodes.noError])
    for (const answer of answers) answer()
    expect(await peer.endOf(1)).toBe('whole')
    await peer.closed
    await stopped
  })

  test('that rests is answered once more, and all that came with that request, and told so', async () => {
    const { gateway, peer, request } = await visiting()
    const stopped = gateway.stop()
    peer.socket.cork()
    for (const stream of [1, 3, 5]) request(stream, 'x')
    peer.socket.uncork()
    for (const stream of [1, 3, 5]) expect(await peer.endOf(stream)).toBe('whole')
    expect(lastOf(await peer.until(isGoaway))).toBe(5)
    await peer.closed
    await stopped
  })
})
