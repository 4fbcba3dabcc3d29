/**
 * The sample site of `tildegate demo`: small, but a real one: a page with style, script and images, a WebSocket echo,
 * server-sent events, downloads and uploads of any size, and an echo of the headers that reach a target.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WebSocketServer } from 'ws'
import type { Clock, Timer } from '../../shared/world.ts'
import { readAsset, sendPage, sendText } from './site-response.ts'

const files: Readonly<Record<string, { file: string; type: string }>> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/style.css': { file: 'style.css', type: 'text/css; charset=utf-8' },
  '/app.js': { file: 'app.js', type: 'text/javascript; charset=utf-8' },
  '/images/dunes.png': { file: 'dunes.png', type: 'image/png' },
  '/images/mark.svg': { file: 'mark.svg', type: 'image/svg+xml' },
}
const contentPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const largestDownloadBytes = 2 ** 40
const chunkBytes = 64 * 1024
const eventMs = 1_000
const messageMaxBytes = 2 ** 20

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>
const answers: Readonly<Record<string, Answer>> = { '/download': download, '/upload': upload, '/echo': echo }

export function createSampleSite(clock: Clock): Server {
  const pages = new Map(
    Object.entries(files).map(([path, { file, type }]) => [
      path,
      { type, body: readAsset(`sample/${file}`) },
    ]),
  )
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://site')
    const page = pages.get(url.pathname)
    const answer = answers[url.pathname]
    if (page !== undefined)
      sendPage(request, response, { ...page, headers: { 'Content-Security-Policy': contentPolicy } })
    else if (url.pathname === '/events') tellTheTime(response, clock)
    else if (answer === undefined)
      sendText(request, response, 404, 'There is no such page on the sample site.')
    // A visitor that leaves in the middle is no failure; one that stays must not wait.
    else answer(request, response, url).catch(() => response.destroy())
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageMaxBytes })
  server.on('upgrade', (request, socket, head) => {
    if (new URL(request.url ?? '/', 'http://site').pathname !== '/ws') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, client => {
      client.on('error', () => client.terminate())
      client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }))
    })
  })
  return server
}

/** The time of day, each second, until the visitor leaves. */
function tellTheTime(response: ServerResponse, clock: Clock): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
  let id = 0
  let timer: Timer | undefined
  const tell = () => {
    response.write(`id: ${++id}\ndata: ${new Date(clock.wall()).toISOString()}\n\n`)
    timer = clock.after(eventMs, tell)
  }
  response.on('close', () => timer?.cancel())
  tell()
}

/** `?bytes=N`: so many bytes, the same each time. */
async function download(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const bytes = Number(url.searchParams.get('bytes') ?? 2 ** 20)
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > largestDownloadBytes)
    return sendText(request, response, 400, `bytes: 0 to ${largestDownloadBytes}`)
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': bytes,
    'Content-Disposition': 'attachment; filename="sample.bin"',
  })
  if (request.method === 'HEAD') response.end()
  else await pipeline(Readable.from(sampleBytes(bytes)), response)
}

function* sampleBytes(count: number): Generator<Buffer> {
  const chunk = Buffer.from(Array.from({ length: chunkBytes }, (_, i) => (i * 31 + (i >> 8)) & 0xff))
  for (let left = count; left > 0; left -= chunkBytes) yield chunk.subarray(0, Math.min(left, chunkBytes))
}

/** Answers length and SHA-256 of what was sent. */
async function upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST' && request.method !== 'PUT')
    return sendText(request, response, 405, 'POST or PUT something here.')
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  sendJson(request, response, { bytes, sha256: hash.digest('hex') })
}

/** What of a request reaches a target. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume()
  const { method, url, headers } = request
  sendJson(request, response, { method, url, headers })
}

function sendJson(request: IncomingMessage, response: ServerResponse, value: object): void {
  sendPage(request, response, { type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` })
}
