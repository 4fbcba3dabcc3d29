/** A visitor of a tunnel that asks for a password: plain requests, the form of the login page, cookies as a browser keeps them. */
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { hashVisitorPassword } from '../../net/visitor-password.ts'
import { systemRandom } from '../../net/world.ts'
import type { Hello } from '../../shared/protocol/control-json.ts'
import { Secret } from '../../shared/secret.ts'

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What HELLO says of a password; of the least cost that is allowed. */
export async function visitorsOf(password: string): Promise<NonNullable<Hello['visitors']>> {
  const how = { n: 2 ** 15, r: 8, p: 1, salt: Buffer.from(systemRandom.bytes(16)).toString('hex') } as const
  const hash = await hashVisitorPassword(Secret.fromText(password), how)
  return { scrypt: { ...how, hash: hash.toString('hex') } }
}

export const basic = (password: string, user = 'anyone') => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

/** As a browser asks for a page. */
export const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'user-agent': 'Mozilla/5.0' }

export class GatedVisitor {
  readonly #url: URL
  /** By name and path. */
  readonly #cookies = new Map<string, { name: string; value: string; path: string }>()
  readonly #headers: OutgoingHttpHeaders

  constructor(url: string, headers: OutgoingHttpHeaders = asBrowser) {
    this.#url = new URL(url)
    this.#headers = headers
  }

  ask(path: string, options: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {}) {
    const { method = 'GET', headers = {}, body } = options
    const cookie = this.cookiesFor(path)
    return new Promise<Answered>((resolve, reject) => {
      const asked = request({
        host: this.#url.hostname,
        port: this.#url.port,
        path,
        method,
        agent: false,
        headers: { ...this.#headers, ...(cookie === '' ? {} : { cookie }), ...headers },
      })
      asked.once('error', reject)
      asked.once('response', answer => {
        let text = ''
        answer.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        answer.once('end', () => {
          this.#keep(answer.headers['set-cookie'] ?? [])
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text })
        })
        answer.once('error', reject)
      })
      asked.end(body)
    })
  }

  /** Sends the form of the login page. */
  logIn(root: string, password: string, more: { back?: string; headers?: OutgoingHttpHeaders } = {}) {
    const { back, headers = { origin: this.#url.origin } } = more
    const form = new URLSearchParams({ password, ...(back === undefined ? {} : { back }) })
    return this.ask(`${root}.tildegate/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: form.toString(),
    })
  }

  logOut(root: string) {
    return this.ask(`${root}.tildegate/logout`, { method: 'POST', headers: { origin: this.#url.origin } })
  }

  /** As it would be sent to this path. */
  cookiesFor(path: string): string {
    return [...this.#cookies.values()]
      .filter(cookie => path.startsWith(cookie.path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const path = /; Path=([^;]*)/.exec(line)?.[1] ?? '/'
      if (line.includes('Max-Age=0')) this.#cookies.delete(`${name} ${path}`)
      else this.#cookies.set(`${name} ${path}`, { name, value, path })
    }
  }
}
