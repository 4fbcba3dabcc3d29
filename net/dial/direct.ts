/** Lines that go straight to the gateway. TLS as the entry says; where it says nothing, found out. */
import type { Socket } from 'node:net'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { Carrier, Dialer, DialOptions, Line, Route } from './line.ts'
import { resetTcp } from './reset.ts'
import { connectTcp } from './tcp.ts'
import { NotTlsError, startTls } from './tls.ts'

export interface DirectDialerOptions {
  readonly clock: Clock
  /** PEM; then the gateway's certificate must verify, and plain is taken only where the entry says http. */
  readonly ca?: string
  readonly connectMs?: number
  readonly tlsMs?: number
  /** How long a peer may keep silent to a ClientHello before it is taken for one that speaks no TLS. */
  readonly silentTlsMs?: number
}

export function createDirectDialer(settings: DirectDialerOptions): Dialer {
  const { clock, ca, tlsMs = 10_000, silentTlsMs = 4_000 } = settings

  async function connect(route: Route, options: DialOptions): Promise<Socket> {
    const { signal, connectMs = settings.connectMs ?? 10_000 } = options
    return connectTcp(route.gateway, { clock, signal, connectMs })
  }

  async function dialPlain(route: Route, options: DialOptions): Promise<Line> {
    const socket = await connect(route, options)
    return { socket, outer: { tls: false }, reset: () => resetTcp(socket) }
  }

  async function dialTls(route: Route, options: DialOptions, isCertain: boolean): Promise<Line> {
    const raw = await connect(route, options)
    const { host, port } = route.gateway
    const { signal } = options
    const firstByteMs = isCertain ? tlsMs : silentTlsMs
    const line = await startTls(raw, { host, port, clock, signal, tlsMs, firstByteMs, ...(ca ? { ca } : {}) })
    const { socket, certSha256, authorized } = line
    // A destroyed TLSSocket sends no close_notify: that marks it as broken off.
    return { socket, outer: { tls: true, certSha256, authorized }, reset: () => void socket.destroy() }
  }

  return {
    async dial(route, options) {
      if (route.hops.length > 0) throw new TildegateError('proxy-chain-unsupported')
      const carrier = carrierOf(route, options.carrier)
      if (carrier === 'plain') return dialPlain(route, options)
      const isCertain = carrier === 'tls' || ca !== undefined
      try {
        return await dialTls(route, options, isCertain)
      } catch (error) {
        if (!(error instanceof NotTlsError)) throw error
        if (!isCertain) return dialPlain(route, options)
        const { host, port } = route.gateway
        throw new TildegateError('outer-tls-failed', { host, port, reason: 'no TLS there' }, { cause: error })
      }
    },
  }
}

/** `https` and `http` are the user's word. Without one, port 80 is plain, and any other port tries TLS first. */
function carrierOf({ gateway }: Route, known: Carrier | undefined): Carrier | undefined {
  if (gateway.scheme !== undefined) return gateway.scheme === 'https' ? 'tls' : 'plain'
  return gateway.port === 80 ? 'plain' : known
}
