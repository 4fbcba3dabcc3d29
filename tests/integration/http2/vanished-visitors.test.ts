/** Visitors that vanish within a download, so that a write of ours is what finds out: nothing of theirs may stay open. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { Http2Gateway } from '../../support/http2-gateway.ts'
import { listening } from '../../support/listening.ts'

const piece = Buffer.alloc(65_536)
/** Node notices some of them by itself. */
const visitors = 16

test('leave neither their connection nor the one to the target open', { timeout: 60_000 }, async () => {
  const target = createServer((_, response) => pour(response))
  const upstream = new DiallingUpstream('t', await listening(target))
  const gateway = await Http2Gateway.forTest({
    upstreams: [upstream],
    limits: { stalledVisitorMs: 1_000, keepAliveIdleMs: 1_000, lingerMs: 1_000 },
  })
  await Promise.all(Array.from({ length: visitors }, () => vanish(gateway.port)))
  await expect.poll(() => gateway.openConnections, { timeout: 30_000 }).toBe(0)
  await expect.poll(() => upstream.openConnections, { timeout: 30_000 }).toBe(0)
})

/** Never ends. */
function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(piece)) {
    // Until the reader is behind.
  }
  response.once('drain', () => pour(response))
}

/** Reads a while, and resets its connection in the midst of it, as a program that is killed does. */
async function vanish(port: number): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1')
  const tls = connectTls({ socket, ALPNProtocols: ['h2'], rejectUnauthorized: false })
  await once(tls, 'secureConnect')
  const session = connectHttp2('https://localhost', {
    createConnection: () => tls,
    settings: { initialWindowSize: 2 ** 30 },
  })
  session.on('error', () => {})
  session.setLocalWindowSize(2 ** 30)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':path': '/~~t/' })
  stream.on('error', () => {})
  let received = 0
  for await (const bytes of stream as AsyncIterable<Buffer>) {
    received += bytes.length
    if (received > 4_000_000) break
  }
  socket.resetAndDestroy()
}
