/** A cascade of proxies as a fold over its hops: each hop's stream is what the next one is reached through. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { SocksClient } from 'socks'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Random } from '../../shared/world.ts'
import {
  type CredentialGuard,
  createAuthenticator,
  maxRefusals,
  type ProxyAuthenticator,
  type ResolvedLogin,
  serverEndPointBindings,
} from '../auth/index.ts'
import type { OnStep } from '../dial/steps.ts'
import { connectThrough, type Endpoint } from './connect-hop.ts'

/** A proxy with its password at hand. */
export interface ResolvedHop extends Endpoint {
  readonly kind: 'http' | 'https' | 'socks5'
  readonly login?: ResolvedLogin
}

export interface ChainParts {
  readonly clock: Clock
  readonly random: Random
  readonly guard: CredentialGuard
  readonly signal: AbortSignal
  /** One hop, from its request to its answer; default 15 s. */
  readonly hopMs?: number
  /** All hops and redials together; default 45 s. */
  readonly chainMs?: number
  /** To the first proxy. @throws TildegateError of net/dial */
  connectTcp(address: Endpoint, signal: AbortSignal): Promise<Socket>
  /** TLS to a proxy, verified. @throws TildegateError outer-tls-failed and the like */
  startTls(
    raw: Socket,
    address: Endpoint,
    signal: AbortSignal,
    number: number,
  ): Promise<{ socket: Socket; certificate: Uint8Array }>
  /** Hop `number`, counted from 1, is being dialled. */
  onHop?(number: number): void
  readonly onStep?: OnStep
}

/** Each hop may ask for a new beginning this often. */
const maxRedials = 3

/**
 * @returns a stream to the destination; the caller owns it
 * @throws TildegateError of the proxy codes, each with the details `hop` and `hopIndex` (counted from 1); the signal's reason
 */
export async function dialChain(
  hops: readonly ResolvedHop[],
  destination: Endpoint,
  parts: ChainParts,
): Promise<Duplex> {
  const { clock, guard, chainMs = 45_000 } = parts
  hops.forEach((hop, i) => {
    if (hop.login === undefined || guard.mayTry(nameOf(hop), hop.login)) return
    throw new TildegateError('proxy-auth-given-up', { hop: nameOf(hop), hopIndex: i + 1, tries: maxRefusals })
  })
  const controller = new AbortController()
  const leave = () => controller.abort(parts.signal.reason)
  parts.signal.throwIfAborted()
  parts.signal.addEventListener('abort', leave, { once: true })
  const deadline = clock.after(chainMs, () =>
    controller.abort(new TildegateError('proxy-chain-timeout', { seconds: Math.round(chainMs / 1000) })),
  )
  const chain = new Chain(hops, destination, { ...parts, signal: controller.signal })
  try {
    for (let redials = 0; redials <= maxRedials * hops.length; redials++) {
      const stream = await chain.dial()
      if (stream !== undefined) return stream
    }
    throw chain.tooManyRedials()
  } finally {
    deadline.cancel()
    parts.signal.removeEventListener('abort', leave)
  }
}

class Chain {
  readonly #hops: readonly ResolvedHop[]
  readonly #destination: Endpoint
  readonly #parts: ChainParts
  readonly #authenticators: readonly ProxyAuthenticator[]
  readonly #certificates = new Map<number, Uint8Array>()
  #lastRedial = 0

  constructor(hops: readonly ResolvedHop[], destination: Endpoint, parts: ChainParts) {
    this.#hops = hops
    this.#destination = destination
    this.#parts = parts
    this.#authenticators = hops.map((hop, i) =>
      createAuthenticator({
        hop: nameOf(hop),
        clock: parts.clock,
        random: parts.random,
        ...(hop.login ? { login: hop.login } : {}),
        channelBindings: () => {
          const certificate = this.#certificates.get(i)
          return certificate && serverEndPointBindings(certificate)
        },
      }),
    )
  }

  /** @returns undefined where a login asks to begin again */
  async dial(): Promise<Duplex | undefined> {
    let stream: Duplex | undefined
    for (const [i, hop] of this.#hops.entries()) {
      this.#parts.onHop?.(i + 1)
      try {
        const reached = await this.#reach(hop, i, stream)
        stream = reached
        const isOpen = await this.#timed(i, () => this.#pass(hop, i, reached))
        if (!isOpen) {
          this.#lastRedial = i
          stream.destroy()
          return undefined
        }
      } catch (cause) {
        stream?.destroy()
        throw this.#named(cause, hop, i)
      }
    }
    return stream
  }

  tooManyRedials(): TildegateError {
    const hop = this.#hops[this.#lastRedial]
    const details = { hop: hop ? nameOf(hop) : '?', hopIndex: this.#lastRedial + 1 }
    return new TildegateError('proxy-keeps-closing', details)
  }

  /** A stream on which this hop listens. */
  async #reach(hop: ResolvedHop, i: number, before: Duplex | undefined): Promise<Duplex> {
    const { connectTcp, startTls, signal } = this.#parts
    const raw = before ?? (await connectTcp(hop, signal))
    if (hop.kind !== 'https') return raw
    const { socket, certificate } = await startTls(raw as Socket, hop, signal, i + 1)
    this.#certificates.set(i, certificate)
    return socket
  }

  async #pass(hop: ResolvedHop, i: number, stream: Duplex): Promise<boolean> {
    const next = this.#hops[i + 1] ?? this.#destination
    if (hop.kind === 'socks5') {
      await this.#passSocks(hop, stream as Socket, next)
      return true
    }
    const { clock, signal, guard, hopMs = 15_000 } = this.#parts
    const authenticator = this.#authenticators[i]
    if (authenticator === undefined) throw new TildegateError('internal')
    const result = await connectThrough(stream, {
      hop: nameOf(hop),
      destination: next,
      authenticator,
      clock,
      signal,
      hopMs,
    })
    if (result === 'open' && hop.login) guard.accepted(nameOf(hop), hop.login)
    return result === 'open'
  }

  async #timed(i: number, pass: () => Promise<boolean>): Promise<boolean> {
    const { clock, onStep } = this.#parts
    const hop = i + 1
    const begunAt = clock.now()
    onStep?.({ step: 'connect', hop, state: 'begun' })
    const isOpen = await pass()
    if (!isOpen) return false
    const { kind, login } = this.#hops[i] ?? {}
    const scheme = kind === 'socks5' ? login && 'password' : this.#authenticators[i]?.scheme
    onStep?.({ step: 'connect', hop, state: 'done', ms: clock.now() - begunAt, scheme })
    return true
  }

  async #passSocks(hop: ResolvedHop, stream: Socket, { host, port }: Endpoint): Promise<void> {
    const { hopMs = 15_000 } = this.#parts
    const login = hop.login && {
      userId: hop.login.user,
      password: hop.login.password.use(bytes => Buffer.from(bytes).toString('utf8')),
    }
    try {
      await SocksClient.createConnection({
        proxy: { host: hop.host, port: hop.port, type: 5, ...login },
        command: 'connect',
        destination: { host, port },
        existing_socket: stream,
        timeout: hopMs,
      })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.slice(0, 100) : 'unknown'
      const code = /authentication/i.test(reason) ? 'proxy-auth-refused' : 'proxy-refused'
      throw new TildegateError(code, { hop: nameOf(hop), status: 'SOCKS', reason }, { cause })
    }
  }

  /** Every error says at which hop; a refused login counts. */
  #named(cause: unknown, hop: ResolvedHop, i: number): unknown {
    if (this.#parts.signal.aborted && cause === this.#parts.signal.reason) {
      return cause instanceof TildegateError && cause.code === 'proxy-chain-timeout'
        ? new TildegateError(cause.code, { ...cause.details, hop: nameOf(hop), hopIndex: i + 1 })
        : cause
    }
    if (!(cause instanceof TildegateError)) return cause
    const isRefusedLogin =
      cause.code === 'proxy-auth-refused' || cause.code === 'proxy-auth-refused-backslash'
    if (isRefusedLogin && hop.login) this.#parts.guard.refused(nameOf(hop), hop.login)
    const code = ofFirstHop[cause.code as keyof typeof ofFirstHop] ?? cause.code
    return new TildegateError(code, { ...cause.details, hop: nameOf(hop), hopIndex: i + 1 }, { cause })
  }
}

/** What the TCP and TLS dial say of a gateway, said of a proxy. */
const ofFirstHop = {
  'gateway-name-unknown': 'proxy-name-unknown',
  'dial-refused': 'proxy-unreachable',
  'dial-unreachable': 'proxy-unreachable',
  'dial-timeout': 'proxy-hop-timeout',
  'connection-lost': 'proxy-closed',
  'outer-tls-failed': 'proxy-tls-untrusted',
} as const

export function nameOf({ host, port }: Endpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
