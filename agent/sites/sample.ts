/**
 * The sample site of `tildegate demo`: small, but a real one: a page with style, script and images, a WebSocket echo,
 * server-sent events, downloads and uploads of any size, and an echo of the headers that reach a target.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WebSocketServer } from 'ws'
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

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void
const answers: Readonly<Record<string, Answer>> = {
  '/events': events,
  '/download': download,
  '/upload': upload,
  '/echo': echo,
}

export function createSampleSite(): Server {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
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

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://site')
  const file = files[url.pathname]
  if (file !== undefined) {
    const headers = { 'Content-Security-Policy': contentPolicy }
    return sendPage(request, response, { type: file.type, body: readAsset(`sample/${file.file}`), headers })
  }
  const answerTo = answers[url.pathname]
  if (answerTo === undefined)
    return sendText(request, response, 404, 'There is no such page on the sample site.')
  await answerTo(request, response, url)
}

/** The time of day, each second, until the visitor leaves. */
function events(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
  let id = 0
  const tell = () => response.write(`id: ${++id}\ndata: ${new Date().toISOString()}\n\n`)
  tell()
  const timer = setInterval(tell, eventMs)
  response.on('close', () => clearInterval(timer))
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
function echo(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  const { method, url, headers } = request
  sendJson(request, response, { method, url, headers })
}

function sendJson(request: IncomingMessage, response: ServerResponse, value: object): void {
  sendPage(request, response, { type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` })
}
