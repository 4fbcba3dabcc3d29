/** What answers as a web page on this PC's usual ports. Looks at 127.0.0.1 only, a few at a time, and never for long. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { FoundService } from '../../../shared/ipc/views.ts'
import type { Clock } from '../../../shared/world.ts'
import { pageTitle } from './page-title.ts'
import { usualPorts } from './usual-ports.ts'

export interface FindOptions {
  readonly clock: Clock
  readonly ports?: readonly (readonly [port: number, name?: string])[]
}

const atOnce = 12
const connectMs = 400
const answerMs = 2_500
const pageBytes = 64 * 1024
const maxRedirects = 3

/** In the order of their ports. Ports of our own processes are no exception: whoever runs a gateway here may see it. */
export async function findServices({ clock, ports = usualPorts }: FindOptions): Promise<FoundService[]> {
  const found: FoundService[] = []
  const waiting = [...ports]
  const look = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [port, name] = next
      if (!(await isOpen(port, clock))) continue
      const page = await pageAt(port, clock)
      if (page !== undefined) found.push({ port, ...(name === undefined ? {} : { name }), ...page })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, look))
  return found.toSorted((a, b) => a.port - b.port)
}

function isOpen(port: number, clock: Clock): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port })
    const timer = clock.after(connectMs, () => socket.destroy())
    socket.once('connect', () => {
      resolve(true)
      socket.destroy()
    })
    socket.on('error', () => {})
    socket.once('close', () => {
      timer.cancel()
      resolve(false)
    })
  })
}

type Page = Pick<FoundService, 'url' | 'title'>

/** A server for https alone answers a plain request with 400, if at all. */
async function pageAt(port: number, clock: Clock): Promise<Page | undefined> {
  const plain = await firstPage('http', port, clock)
  if (plain !== undefined && plain.status !== 400) return plain.page
  return (await firstPage('https', port, clock))?.page ?? plain?.page
}

/** Undefined where nothing speaks this scheme there. */
async function firstPage(
  scheme: 'http' | 'https',
  port: number,
  clock: Clock,
): Promise<{ page: Page; status: number } | undefined> {
  const origin = `${scheme}://127.0.0.1:${port}`
  let url = `${origin}/`
  for (let i = 0; i <= maxRedirects; i += 1) {
    const page = await fetchPage(url, clock)
    if (page === undefined) return i === 0 ? undefined : { page: { url: `${origin}/` }, status: 0 }
    const next = page.location === undefined ? undefined : URL.parse(page.location, url)
    if (next === null || next === undefined || next.origin !== origin) {
      const title = pageTitle(page.text)
      return { page: { url: `${origin}/`, ...(title === undefined ? {} : { title }) }, status: page.status }
    }
    url = next.href
  }
  return { page: { url: `${origin}/` }, status: 0 }
}

interface Fetched {
  readonly status: number
  readonly text: string
  /** Of a redirect. */
  readonly location?: string
}

function fetchPage(url: string, clock: Clock): Promise<Fetched | undefined> {
  return new Promise(resolve => {
    const ask = url.startsWith('https:') ? httpsRequest : httpRequest
    const headers = { Accept: 'text/html', 'User-Agent': 'Tildegate' }
    // A local service's certificate is usually its own, and only its title is wanted.
    const request = ask(url, { headers, agent: false, rejectUnauthorized: false })
    const finish = (result?: Fetched) => {
      timer.cancel()
      request.destroy()
      resolve(result)
    }
    const timer = clock.after(answerMs, () => finish())
    request.on('error', () => finish())
    request.once('response', (response: IncomingMessage) => {
      const { statusCode: status = 0, headers: answered } = response
      const location = status >= 300 && status < 400 ? answered.location : undefined
      const chunks: Buffer[] = []
      let size = 0
      const done = () =>
        finish({ status, text: Buffer.concat(chunks).toString('utf8'), ...(location ? { location } : {}) })
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size >= pageBytes) done()
      })
      response.once('end', done)
      response.once('error', done)
    })
    request.end()
  })
}
