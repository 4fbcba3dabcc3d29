/**
 * A certificate authority (RFC 8555) that believes everything and whose patience the test has in hand: it answers or is silent, and is done with
 * an order when told so. What it gives does not fit the key of who asks; tests/acme has a real one.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, get, type Server } from 'node:https'
import { makeSelfSigned } from '../../gateway/listen/self-signed.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import type { Clock } from '../../shared/world.ts'
import { listening } from './listening.ts'

const own = await makeSelfSigned(['127.0.0.1'], 10, { clock: systemClock, random: systemRandom })
const name = 'gw.example'

export class AuthorityTwin {
  /** What was asked for, the path alone. */
  readonly asked: string[] = []
  /** `silent`: takes requests and says nothing. `failing`: answers 500. */
  mood: 'fine' | 'silent' | 'failing' = 'fine'
  isOrderReady = true
  readonly #clock: Clock
  #url = ''

  private constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param clock by which its certificates live, for 90 days */
  static async open(clock: Clock): Promise<AuthorityTwin> {
    const twin = new AuthorityTwin(clock)
    twin.#url = `https://127.0.0.1:${await listening(twin.#serve())}`
    return twin
  }

  get options() {
    const directoryUrl = `${this.#url}/dir`
    return { names: [name], agreesToTerms: true, directoryUrl, directoryCa: own.cert }
  }

  /** How often it was asked for this. */
  count(path: string): number {
    return this.asked.filter(one => one === path).length
  }

  /** A few requests of the test's own: whatever was on its way here has come when they have been answered. */
  async turn(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      const asking = get(`${this.#url}/turn`, { ca: own.cert, agent: false })
      const [answer] = (await once(asking, 'response')) as [IncomingMessage]
      await once(answer.resume(), 'end')
    }
  }

  #serve(): Server {
    return createServer({ cert: own.cert, key: own.key }, (request, response) => {
      const path = request.url ?? ''
      this.asked.push(path)
      response.setHeader('Replay-Nonce', 'nonce')
      if (this.mood === 'failing') response.writeHead(500).end()
      else if (this.mood === 'fine') void this.#respond(path, response)
    })
  }

  async #respond(path: string, response: ServerResponse): Promise<void> {
    if (path === '/certificate') {
      const { cert } = await makeSelfSigned([name], 90, { clock: this.#clock, random: systemRandom })
      response.setHeader('Content-Type', 'application/pem-certificate-chain').end(cert)
      return
    }
    response.setHeader('Location', `${this.#url}/${path === '/account' ? 'account' : 'order'}`)
    response.statusCode = path === '/account' || path === '/new-order' ? 201 : 200
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(this.#answer(path)))
  }

  #answer(path: string): unknown {
    const at = this.#url
    const identifier = { type: 'dns', value: name }
    switch (path) {
      case '/dir':
        return { newNonce: `${at}/nonce`, newAccount: `${at}/account`, newOrder: `${at}/new-order` }
      case '/new-order':
      case '/order':
      case '/finalize':
        return {
          ...{
            identifiers: [identifier],
            authorizations: [`${at}/authorization`],
            finalize: `${at}/finalize`,
          },
          status: path === '/finalize' ? 'valid' : this.isOrderReady ? 'ready' : 'pending',
          certificate: `${at}/certificate`,
        }
      case '/authorization':
        return { identifier, status: 'valid', challenges: [] }
      default:
        return { status: 'valid' }
    }
  }
}
