/** A target for whole-system tests: an ordinary HTTP server on loopback, with a WebSocket echo. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { WebSocketServer } from 'ws'

const chunk = Buffer.alloc(64 * 1024)
for (let i = 0; i < chunk.length; i++) chunk[i] = (i * 31 + (i >> 8)) & 0xff

/** SHA-256, hex, of the body that `/bytes/COUNT` sends. */
export function hashOfBytes(count: number): string {
  const hash = createHash('sha256')
  for (let left = count; left > 0; left -= chunk.length)
    hash.update(chunk.subarray(0, Math.min(left, chunk.length)))
  return hash.digest('hex')
}

/** The same bytes as a sequence, to upload. */
export function* bytes(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length))
}

/**
 * GET /bytes/COUNT, GET /endless (close-delimited with ?close, else chunked, until somebody ends it; ?mark: of this letter),
 * GET /after/MS → the greeting, so many milliseconds later, POST /hash → SHA-256 of the body, WebSocket /echo, anything else →
 * "hello from LABEL".
 */
export function createSite(label: string): Server {
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://site')
    const afterMs = /^\/after\/(\d+)$/.exec(url.pathname)?.[1]
    const count = /^\/bytes\/(\d+)$/.exec(url.pathname)?.[1]
    if (count !== undefined) {
      res.setHeader('Content-Length', count)
      Readable.from(bytes(Number(count))).pipe(res)
    } else if (url.pathname === '/endless') {
      if (url.searchParams.has('close')) {
        res.removeHeader('Transfer-Encoding')
        res.setHeader('Connection', 'close')
      }
      const mark = url.searchParams.get('mark')
      Readable.from(forever(mark === null ? chunk : Buffer.alloc(chunk.length, mark))).pipe(res)
    } else if (url.pathname === '/hash') {
      const hash = createHash('sha256')
      req.on('data', (data: Buffer) => hash.update(data))
      req.on('end', () => res.end(hash.digest('hex')))
    } else if (afterMs !== undefined) setTimeout(() => res.end(`hello from ${label}`), Number(afterMs))
    else res.end(`hello from ${label}`)
  })
  const sockets = new WebSocketServer({ server, path: '/echo' })
  sockets.on('connection', socket => {
    socket.on('error', () => socket.terminate())
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  return server
}

function* forever(piece: Buffer): Generator<Buffer> {
  for (;;) yield piece
}

export async function startSite(label: string, port = 0) {
  const server = createSite(label)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return { server, port: address.port, url: `http://127.0.0.1:${address.port}` }
}
