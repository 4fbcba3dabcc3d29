/**
 * Visitors that ask one request after the other for as long as a test lets them, on connections that they keep: what went wrong, and how
 * long the one who waited longest has waited. Nothing is asked twice; only what a GOAWAY turned down, unread, is (RFC 9113 §8.7), as browsers do.
 */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { text } from 'node:stream/consumers'

export interface Toll {
  readonly requests: number
  readonly failures: readonly string[]
  readonly longestMs: number
  /** Requests by HTTP/2 that were turned down unread, and asked again. */
  readonly askedAgain: number
}

export interface SteadyVisitors {
  /** Resolves once so many more requests have been answered. */
  more(count: number): Promise<void>
  /** After the requests that are under way. */
  stop(): Promise<Toll>
}

type Ask = (body: string) => Promise<{ status: number; body: string }>

/** @param url of the tunnel, at a front or the gateway; its target answers `POST hash` with something that ends on the body */
export function startVisitors(
  places: readonly { readonly url: string; readonly http: '1.1' | '2'; readonly count: number }[],
  answerTo: (body: string) => string,
): SteadyVisitors {
  const failures: string[] = []
  let [requests, longestMs, askedAgain, isOver] = [0, 0, 0, false]
  const watchers = new Set<() => void>()

  async function visit(ask: Ask, name: string): Promise<void> {
    for (let i = 0; !isOver; i++) {
      const body = `${name}-${i}`
      const began = performance.now()
      try {
        const answer = await ask(body)
        if (answer.status !== 200 || answer.body !== answerTo(body))
          failures.push(`${name}: ${answer.status} ${answer.body.slice(0, 80)}`)
      } catch (error) {
        failures.push(`${name}: ${String(error)} ${(error as NodeJS.ErrnoException).code ?? ''}`)
      }
      requests++
      longestMs = Math.max(longestMs, performance.now() - began)
      for (const look of watchers) look()
    }
  }

  const ends: (() => void)[] = []
  const all = places.flatMap(({ url, http, count }, place) => {
    // One connection for all of them.
    const shared = http === '2' ? new Http2Visitors(url, () => askedAgain++) : undefined
    if (shared) ends.push(() => shared.end())
    return Array.from({ length: count }, (_, i) => {
      const name = `${http}-${place}-${i}`
      if (shared) return visit(body => shared.ask(body), name)
      const agent = url.startsWith('https:') ? new TlsAgent(options) : new Agent(options)
      ends.push(() => agent.destroy())
      return visit(body => askOnce(url, agent, body), name)
    })
  })

  return {
    more(count) {
      const wanted = requests + count
      return new Promise(resolve => {
        const look = () => {
          if (requests < wanted) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      })
    },
    async stop() {
      isOver = true
      await Promise.all(all)
      for (const end of ends) end()
      return { requests, failures, longestMs: Math.round(longestMs), askedAgain }
    },
  }
}

const options = { keepAlive: true, maxSockets: 1, rejectUnauthorized: false } as const

async function askOnce(url: string, agent: Agent, body: string): Promise<{ status: number; body: string }> {
  const send = url.startsWith('https:') ? tlsRequest : request
  const asked = send(`${url}hash`, { agent, method: 'POST', headers: { 'Content-Length': body.length } })
  asked.end(body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, body: await text(response) }
}

class Http2Visitors {
  readonly #url: URL
  readonly #again: () => void
  #session: ClientHttp2Session | undefined

  constructor(url: string, again: () => void) {
    this.#url = new URL(url)
    this.#again = again
  }

  async ask(body: string): Promise<{ status: number; body: string }> {
    for (;;) {
      const stream = this.#current().request({ ':method': 'POST', ':path': `${this.#url.pathname}hash` })
      stream.end(body)
      try {
        const [head] = (await once(stream, 'response')) as [{ ':status'?: number }]
        return { status: head[':status'] ?? 0, body: await text(stream) }
      } catch (error) {
        if (stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM) throw error
        this.#again()
      }
    }
  }

  end(): void {
    this.#session?.destroy()
  }

  #current(): ClientHttp2Session {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.#url.origin, { rejectUnauthorized: false })
      this.#session.on('error', () => {})
    }
    return this.#session
  }
}
