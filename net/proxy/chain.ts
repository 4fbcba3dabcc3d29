/** A cascade of proxies as a fold over its hops: each hop's stream is what the next one is reached through. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import type { Clock, Random } from '../../shared/world.ts'
import {
  type CredentialGuard,
  createAuthenticator,
  type ProxyAuthenticator,
  type ResolvedLogin,
  serverEndPointBindings,
} from '../auth/index.ts'
import { within } from '../dial/deadlines.ts'
import type { OnStep } from '../dial/steps.ts'
import { connectThrough } from './connect-hop.ts'
import { type Endpoint, nameOf } from './endpoint.ts'
import { connectThroughSocks } from './socks-hop.ts'

export { nameOf } from './endpoint.ts'

/** A proxy with its password at hand. */
export interface ResolvedHop extends Endpoint {
  readonly kind: 'http' | 'https' | 'socks5'
  readonly login?: ResolvedLogin
  /** Its place in the entry, counted from 1, for errors; without it its place in the chain. */
  readonly number?: number
  /** Who named it, where the entry says `system`. */
  readonly source?: string
}

export interface ChainParts {
  readonly clock: Clock
  readonly random: Random
  readonly guard: CredentialGuard
  readonly signal: AbortSignal
  /** One hop, from its connection to its answer; default 15 s. */
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
  const { clock, signal, chainMs = 45_000 } = parts
  const tooLate = () => new TildegateError('proxy-chain-timeout', { seconds: Math.round(chainMs / 1000) })
  return within({ clock, signal, ms: chainMs, tooLate }, async own => {
    const chain = new Chain(hops, destination, { ...parts, signal: own })
    await chain.checkLogins()
    for (let redials = 0; redials <= maxRedials * hops.length; redials++) {
      const stream = await chain.dial()
      if (stream !== undefined) return stream
    }
    throw chain.tooManyRedials()
  })
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

  /** Nothing is dialled for a login that is given up. */
  async checkLogins(): Promise<void> {
    for (const [i, hop] of this.#hops.entries()) {
      try {
        if (hop.login !== undefined) await this.#parts.guard.check(nameOf(hop), hop.login)
      } catch (cause) {
        throw this.#named(cause, hop, i)
      }
    }
  }

  /** @returns undefined where a login asks to begin again */
  async dial(): Promise<Duplex | undefined> {
    const { clock, signal, hopMs = 15_000, onHop } = this.#parts
    const tooLate = () => new TildegateError('proxy-hop-timeout', { seconds: Math.round(hopMs / 1000) })
    let stream: Duplex | undefined
    for (const [i, hop] of this.#hops.entries()) {
      onHop?.(i + 1)
      const before: Duplex | undefined = stream
      try {
        stream = await within({ clock, signal, ms: hopMs, tooLate }, own =>
          this.#through(hop, i, before, own),
        )
      } catch (cause) {
        before?.destroy()
        throw this.#named(cause, hop, i)
      }
      if (stream === undefined) {
        this.#lastRedial = i
        return undefined
      }
    }
    return stream
  }

  tooManyRedials(): TildegateError {
    const hop = this.#hops[this.#lastRedial]
    const details = { hop: hop ? nameOf(hop) : '?', hopIndex: this.#lastRedial + 1 }
    return new TildegateError('proxy-keeps-closing', details)
  }

  /** @returns a stream to what is behind this hop; undefined, with all closed: begin again */
  async #through(
    hop: ResolvedHop,
    i: number,
    before: Duplex | undefined,
    signal: AbortSignal,
  ): Promise<Duplex | undefined> {
    const attempt = hop.login && (await this.#parts.guard.begin(nameOf(hop), hop.login, signal))
    let stream: Duplex | undefined
    try {
      const reached = await this.#reach(hop, i, before, signal)
      stream = reached
      if (await this.#timed(i, () => this.#pass(hop, i, reached, signal))) {
        await attempt?.accepted()
        return stream
      }
      stream.destroy()
      return undefined
    } catch (cause) {
      stream?.destroy()
      if (isRefusedLogin(cause)) await attempt?.refused()
      throw cause
    } finally {
      await attempt?.end()
    }
  }

  /** A stream on which this hop listens. */
  async #reach(
    hop: ResolvedHop,
    i: number,
    before: Duplex | undefined,
    signal: AbortSignal,
  ): Promise<Duplex> {
    const { connectTcp, startTls } = this.#parts
    const raw = before ?? (await connectTcp(hop, signal))
    if (hop.kind !== 'https') return raw
    const { socket, certificate } = await startTls(raw as Socket, hop, signal, i + 1)
    this.#certificates.set(i, certificate)
    return socket
  }

  /** @returns whether it leads on; else begin again */
  async #pass(hop: ResolvedHop, i: number, stream: Duplex, signal: AbortSignal): Promise<boolean> {
    const destination = this.#hops[i + 1] ?? this.#destination
    const { host, port, login } = hop
    if (hop.kind === 'socks5') {
      const request = { hop: nameOf(hop), proxy: { host, port }, destination, signal }
      await connectThroughSocks(stream, login === undefined ? request : { ...request, login })
      return true
    }
    const authenticator = this.#authenticators[i]
    if (authenticator === undefined) throw new TildegateError('internal')
    const { clock } = this.#parts
    const request = { hop: nameOf(hop), destination, authenticator, clock, signal }
    return (await connectThrough(stream, request)) === 'open'
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

  /** Every error says at which hop. */
  #named(cause: unknown, hop: ResolvedHop, i: number): unknown {
    if (!(cause instanceof TildegateError)) return cause
    // The caller's own word, unless it is our deadline.
    const { signal } = this.#parts
    if (signal.aborted && cause === signal.reason && cause.code !== 'proxy-chain-timeout') return cause
    const code = ofFirstHop[cause.code as keyof typeof ofFirstHop] ?? cause.code
    return new TildegateError(code, { ...cause.details, hop: nameOf(hop), hopIndex: i + 1 }, { cause })
  }
}

function isRefusedLogin(cause: unknown): boolean {
  if (!(cause instanceof TildegateError)) return false
  return refusedLogins.has(cause.code)
}

const refusedLogins: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'proxy-auth-refused',
  'proxy-auth-refused-backslash',
  'proxy-account-locked',
  'proxy-account-barred',
  'proxy-password-expired',
])

/** What the TCP and TLS dial say of a gateway, said of a proxy. */
const ofFirstHop = {
  'gateway-name-unknown': 'proxy-name-unknown',
  'dial-refused': 'proxy-unreachable',
  'dial-unreachable': 'proxy-unreachable',
  'dial-timeout': 'proxy-hop-timeout',
  'connection-lost': 'proxy-closed',
  'outer-tls-failed': 'proxy-tls-untrusted',
} as const
