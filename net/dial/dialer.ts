/** Lines to the gateway, direct or through proxies. TLS as the entry says; where it says nothing, found out. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { Clock, Random } from '../../shared/world.ts'
import { CredentialGuard } from '../auth/index.ts'
import { type ChainParts, dialChain, type ResolvedHop } from '../proxy/chain.ts'
import type { Carrier, Dialer, DialOptions, Line, LookOptions, Route } from './line.ts'
import { resetTcp } from './reset.ts'
import type { HopSeen } from './steps.ts'
import { connectTcp } from './tcp.ts'
import { NotTlsError, startTls } from './tls.ts'
import { numberIn, type Way, Ways } from './ways.ts'

export interface DialerSettings {
  readonly clock: Clock
  readonly random: Random
  /** PEM; then the gateway's certificate must verify, and plain is taken only where the entry says http. */
  readonly ca?: string
  readonly connectMs?: number
  readonly tlsMs?: number
  /** How long a peer may keep silent to a ClientHello before it is taken for one that speaks no TLS. */
  readonly silentTlsMs?: number
  /** Shared by all dialers of a process: an account is locked by whoever tries too often. */
  readonly guard?: CredentialGuard
  /** PEM of the authorities that vouch for proxies reached by TLS, besides the system's. */
  readonly proxyCa?: string
  /** The proxies of a route with their passwords at hand, in each way that there is; asked anew for each dial. */
  resolveHops?(route: Route, signal: AbortSignal): Promise<readonly Way[]>
  /** What `resolveHops` knows of the network is to be forgotten. */
  onNetworkChange?(): void
  /** A way that `resolveHops` gave was out of reach: it may be of the past. */
  onOutOfReach?(): void
}

export function createDialer(settings: DialerSettings): Dialer {
  const { clock, random, ca, tlsMs = 10_000, silentTlsMs = 4_000, resolveHops, proxyCa } = settings
  const guard = settings.guard ?? new CredentialGuard(random, clock)
  const ways = new Ways(clock, () => settings.onOutOfReach?.())

  async function connect(route: Route, options: DialOptions): Promise<Socket> {
    if (route.hops.length === 0) return connectBy({ hops: [] }, route, options)
    return ways.first(await waysOf(route, options.signal), way => connectBy(way, route, options))
  }

  async function connectBy(way: Way, { gateway }: Route, options: DialOptions): Promise<Socket> {
    const { connectMs = settings.connectMs ?? 10_000 } = options
    const { hops, said } = way
    options.onStep?.({ step: 'route', hops: hops.map(seen), ...(said === undefined ? {} : { said }) })
    if (hops.length === 0) {
      return connectTcp(gateway, { clock, signal: options.signal, connectMs, ...onStepOf(options) })
    }
    const stream = await dialChain(hops, gateway, {
      ...chainParts({ ...options, connectMs }),
      onHop: place => options.onHop?.(numberIn(way, place)),
    })
    return stream as Socket
  }

  function chainParts(options: DialOptions & { connectMs: number }): ChainParts {
    const { connectMs } = options
    return {
      clock,
      random,
      guard,
      signal: options.signal,
      connectTcp: (address, chainSignal) =>
        connectTcp(address, { clock, signal: chainSignal, connectMs, hop: 1, ...onStepOf(options) }),
      ...onStepOf(options),
      startTls(raw, { host, port }, chainSignal, hop) {
        const trust = proxyCa === undefined ? {} : { extraCa: proxyCa }
        const own = { host, port, clock, signal: chainSignal, tlsMs, mustVerify: true, hop }
        return startTls(raw, { ...own, ...onStepOf(options), ...trust }).catch((error: unknown) => {
          // Only the gateway may turn out to speak none.
          if (!(error instanceof NotTlsError)) throw error
          throw new TildegateError('proxy-not-http', said('reason', 'no-tls'), { cause: error })
        })
      },
    }
  }

  async function look(route: Route, { signal, connectMs, lookMs }: LookOptions): Promise<void> {
    if (route.hops.length === 0) return
    const failures: unknown[] = []
    for (const way of await waysOf(route, signal)) {
      try {
        await lookBy(way, { signal, connectMs, lookMs })
        return
      } catch (failure) {
        failures.push(failure)
      }
    }
    throw failures[0]
  }

  async function lookBy({ hops }: Way, { signal, connectMs, lookMs }: LookOptions): Promise<void> {
    const last = hops.at(-1)
    if (last === undefined) return
    const before = hops.slice(0, -1)
    const parts = { ...chainParts({ signal, connectMs }), hopMs: lookMs, chainMs: lookMs }
    const stream =
      before.length === 0
        ? await connectTcp(last, { clock, signal, connectMs })
        : await dialChain(before, last, parts)
    stream.destroy()
  }

  async function waysOf(route: Route, signal: AbortSignal): Promise<readonly Way[]> {
    if (resolveHops === undefined) throw new TildegateError('internal')
    return resolveHops(route, signal)
  }

  async function dialPlain(route: Route, options: DialOptions): Promise<Line> {
    const socket = await connect(route, options)
    return { socket, outer: { tls: false }, reset: () => resetLine(socket) }
  }

  async function dialTls(route: Route, options: DialOptions, isCertain: boolean): Promise<Line> {
    const raw = await connect(route, options)
    const { host, port } = route.gateway
    const { signal } = options
    const firstByteMs = isCertain ? tlsMs : silentTlsMs
    const line = await startTls(raw, {
      host,
      port,
      clock,
      signal,
      tlsMs,
      firstByteMs,
      ...onStepOf(options),
      ...(ca ? { ca } : {}),
    })
    const { socket, certSha256, authorized } = line
    // A destroyed TLSSocket sends no close_notify: that marks it as broken off.
    return { socket, outer: { tls: true, certSha256, authorized }, reset: () => void socket.destroy() }
  }

  return {
    look,
    networkChanged() {
      ways.forget()
      settings.onNetworkChange?.()
    },
    async dial(route, options) {
      const carrier = carrierOf(route, options.carrier)
      if (carrier === 'plain') return dialPlain(route, options)
      const isCertain = carrier === 'tls' || ca !== undefined
      try {
        return await dialTls(route, options, isCertain)
      } catch (error) {
        if (!(error instanceof NotTlsError)) throw error
        if (!isCertain) return dialPlain(route, options)
        const { host, port } = route.gateway
        throw new TildegateError('outer-tls-failed', said('reason', 'no-tls-login-page', { host, port }), {
          cause: error,
        })
      }
    },
  }
}

const onStepOf = ({ onStep }: DialOptions) => (onStep === undefined ? {} : { onStep })

function seen({ kind, host, port, login, number }: ResolvedHop): HopSeen {
  return { kind, host, port, ...(login ? { login: login.scheme } : {}), ...(number ? { number } : {}) }
}

/** Through a proxy reached by TLS the stream is a TLSSocket, which must not be reset (see `resetTcp`). */
function resetLine(stream: Duplex): void {
  if ('encrypted' in stream) stream.destroy()
  else resetTcp(stream as Socket)
}

/** `https` and `http` are the user's word. Without one, port 80 is plain, and any other port tries TLS first. */
function carrierOf({ gateway }: Route, known: Carrier | undefined): Carrier | undefined {
  if (gateway.scheme !== undefined) return gateway.scheme === 'https' ? 'tls' : 'plain'
  return gateway.port === 80 ? 'plain' : known
}
