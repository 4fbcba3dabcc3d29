/**
 * The gateway put together: listeners, the agents' side, the visitors' side, settings, admin listener. Only
 * composition and the order of start and stop; each part is in a file of its own.
 */
import type { BackEntry } from '../shared/balance/index.ts'
import type { Clock, Log, Random } from '../shared/world.ts'
import type { AcmeOptions } from './acme/acme-options.ts'
import { type AdminAddress, AdminListener } from './admin/admin-listener.ts'
import { DashboardView } from './admin/dashboard-view.ts'
import type { AdminSubject } from './admin/routes.ts'
import { AgentsSide } from './control/agents-side.ts'
import { LimitReports } from './control/limit-reports.ts'
import { OuterConnection } from './control/outer-connection.ts'
import { type Resolve, systemResolve } from './control/resolver.ts'
import { SessionRegistry } from './control/session-registry.ts'
import { serveOut, stopInOrder } from './ending.ts'
import { VisitorGate } from './gate/visitor-gate.ts'
import type { Gateway } from './gateway-shape.ts'
import { HostMode } from './host-mode.ts'
import { RequestRates } from './http/request-rates.ts'
import { visitorServerOptionsFor } from './http/server-options.ts'
import { type TransportOptions, transportSecurity } from './http/transport-security.ts'
import { createVisitorSide } from './http/visitor-side.ts'
import { type GatewayLimits, gatewayLimits } from './limits.ts'
import { AddressConnections } from './listen/address-connections.ts'
import { AddressRanges } from './listen/address-ranges.ts'
import { CertificateSource } from './listen/certificate-source.ts'
import { type CertificateFiles, loadPublicCertificate } from './listen/certificate-store.ts'
import { ConnectionOrigins, PeerFinder } from './listen/connection-peer.ts'
import { FrontDoor } from './listen/front-door.ts'
import { type ListenAddress, Listener } from './listen/listener.ts'
import { certificateDigest } from './listen/self-signed.ts'
import { GatewayMetrics } from './metrics.ts'
import { BalanceSettings } from './settings/balance-settings.ts'
import { InnerTls } from './tunnel/inner-tls.ts'
import { ReturningTunnels } from './tunnel/returning.ts'
import { Tunnels } from './tunnel/tunnels.ts'
import { VisitorRecords } from './visitor-records.ts'
import { RecentVisits } from './visits/recent-visits.ts'
import { TunnelTraffic } from './visits/tunnel-traffic.ts'

export type { Gateway } from './gateway-shape.ts'

export interface GatewayOptions extends TransportOptions {
  readonly listen: readonly ListenAddress[]
  readonly balanceFile: string
  /** Where certificates are kept that are not the admin's files. */
  readonly stateFolder: string
  /** Each tunnel gets a host of its own below this domain. */
  readonly hostMode?: string
  /** For the TLS listeners; without it: from an authority by `acme`, or self-signed. */
  readonly certificate?: CertificateFiles
  readonly acme?: AcmeOptions
  /** Whether visitors may come by HTTP/2; they may where nothing is said. */
  readonly http2?: boolean
  /** PEM files of the certificates that something in front shows, which ends TLS for the gateway. */
  readonly publicCertificateFiles?: readonly string[]
  /** CIDR ranges of the front proxies whose X-Forwarded-* are believed. */
  readonly trustForwardedFrom?: readonly string[]
  /** CIDR ranges of the front proxies that send a PROXY header. */
  readonly proxyProtocolFrom?: readonly string[]
  readonly admin?: AdminAddress
  readonly limits?: Partial<GatewayLimits>
  readonly version: string
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
  readonly resolve?: Resolve
}

/**
 * Resolves when every listener takes connections.
 * @throws ConfigError for balance.bin; TildegateError listen-in-use, listen-denied, listen-address,
 *   passed-sockets-unusable, certificate-unusable, admin-needs-token, admin-token-weak; RangeError for ranges, limits, the host mode's domain
 *   and a redirect to nowhere
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock, random, log } = options
  const limits = gatewayLimits(options.limits)
  const proxyProtocolFrom = AddressRanges.parse(options.proxyProtocolFrom ?? [])
  const origins = new ConnectionOrigins()
  const trustForwardedFrom = AddressRanges.parse(options.trustForwardedFrom ?? [])
  const peers = new PeerFinder(origins, trustForwardedFrom)
  const publicOrigin = options.publicUrl === undefined ? undefined : new URL(options.publicUrl).origin
  const transport = transportSecurity(options)
  const hostMode = options.hostMode === undefined ? undefined : new HostMode(options.hostMode, log)
  const inFront = await Promise.all(
    (options.publicCertificateFiles ?? []).map(file => loadPublicCertificate(file, limits.certificateBytes)),
  )
  const outer = new OuterConnection(inFront.map(certificateDigest))
  const metrics = new GatewayMetrics(options.version)
  const certificate = options.listen.some(address => address.tls)
    ? await CertificateSource.open({
        ...{ ...options, limits, hostDomain: hostMode?.domain },
        acmeFailed: code => metrics.acmeFailed(code),
        async willShow(digest) {
          outer.shows(digest)
          await agents.bareTicketsGone()
        },
      })
    : undefined
  if (certificate !== undefined) {
    outer.shows(certificate.served.digest)
    metrics.watchCertificate(() => certificate.served.pem)
  }

  const reports = new LimitReports({ clock, log }, metrics, limits.countedAddresses)
  const fronts = [trustForwardedFrom, proxyProtocolFrom]
  const addresses = new AddressConnections(limits.connectionsPerAddress, fronts, reports)
  const registry = new SessionRegistry(limits.sessions, name => returning.arrived(name))
  const tunnels = new Tunnels(registry, name => settings.entry(name), { limits, clock, reports })
  const settings = await BalanceSettings.open({
    file: options.balanceFile,
    limits,
    clock,
    log,
    refreshed(result, errors, names) {
      metrics.refreshed(result, errors)
      // A session goes on, and with it its host, when its entry is gone.
      hostMode?.renew([...names, ...registry.all().map(session => session.name)])
      tunnels.settingsChanged()
    },
  })
  const returning = new ReturningTunnels({
    ...{ directory: tunnels, clock, limits },
    areAllBack: () => settings.entries.every(({ kind, name }) => kind === 'direct' || registry.find(name)),
    exceeded: () =>
      reports.exceeded('returning-tunnels', 'unknown', 'too many requests wait after the start'),
  })
  const innerTls = await InnerTls.create(
    { clock, random },
    { handshakeMs: limits.innerTlsMs, ticketKeyMs: limits.tlsTicketKeyMs },
  )
  const agents = new AgentsSide({
    innerTls,
    ...{ clock, random, log, limits, reports, metrics, registry, peers, outer, publicOrigin, hostMode },
    version: options.version,
    resolve: options.resolve ?? systemResolve,
    entryOf(name): BackEntry | undefined {
      const entry = settings.entry(name)
      return entry?.kind === 'back' ? entry : undefined
    },
  })
  const traffic = new TunnelTraffic(clock, limits.sessions)
  const recent = new RecentVisits({ ofTunnel: limits.visitsOfTunnel, inAll: limits.visitsInAll })
  const counters = new VisitorRecords({
    ...{ clock, log, metrics, reports, traffic, recent },
    tell: (tunnel, visit) => registry.find(tunnel)?.visits?.add(visit),
  })
  const gate = new VisitorGate({ clock, random, limits, reports })
  const visitors = createVisitorSide({
    ...{ directory: returning, clock, log, limits, counters, gate },
    rates: new RequestRates(clock, limits),
    transport,
    ...(publicOrigin === undefined ? {} : { publicOrigin }),
    ...(hostMode === undefined ? {} : { hostMode }),
  })
  const door = new FrontDoor({
    options: visitorServerOptionsFor(limits),
    limits,
    clock,
    own: agents.own,
    answersFirst: (request, response) => certificate?.answerChallenge(request, response) ?? false,
    visitors,
    peers,
    origins,
  })

  const listeners: Listener[] = []
  let admin: AdminListener | undefined
  let handingOver: Promise<void> | undefined
  let stopping: Promise<void> | undefined
  let destroying: Promise<void> | undefined
  metrics.watch({
    sessions: () => registry.size,
    openConnections: () => listeners.reduce((sum, listener) => sum + listener.openConnections, 0),
    backConnections: () => tunnels.counts,
    pendingTickets: () => agents.pendingTickets,
    unfinishedHandshakes: () => agents.unfinishedHandshakes,
  })

  async function destroy(): Promise<void> {
    agents.refuseNew()
    returning.close()
    for (const session of registry.all()) session.end('gateway stops')
    visitors.destroy()
    tunnels.destroy()
    door.destroy()
    const closing = [settings, certificate, admin].map(part => part?.close())
    await Promise.all([...listeners.map(listener => listener.destroy()), ...closing])
    agents.close()
    gate.close()
    reports.close()
  }

  const ending = { agents, returning, listeners, visitors, door, limits, clock }
  async function stop(): Promise<void> {
    await stopInOrder(ending)
    await gateway.destroy()
  }

  async function handOver(): Promise<void> {
    // The newer one looks after certificates now, and at the admin's port too it is the one to answer.
    await Promise.all([serveOut(ending), certificate?.close(), admin?.close()])
    await gateway.destroy()
  }

  const gateway: Gateway = {
    listeners,
    get admin() {
      return admin
    },
    get diagnostics() {
      return settings.diagnostics
    },
    get tunnels() {
      return registry.all().map(({ name, address, outer, since }) => ({ name, address, outer, since }))
    },
    async reload() {
      await Promise.all([settings.reload(), certificate?.reload()])
    },
    drop: name => agents.drop(name),
    get sockets() {
      return [...listeners, admin].flatMap(one => one?.socket ?? [])
    },
    handOver() {
      handingOver ??= handOver()
      return handingOver
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
    destroy() {
      destroying ??= destroy()
      return destroying
    },
  }

  try {
    for (const address of options.listen) {
      const accept: Parameters<typeof Listener.open>[1]['accept'] = (stream, origin) => {
        origins.set(stream, origin)
        door.take(stream)
      }
      const tls = address.tls ? certificate : undefined
      const parts = { tls, proxyProtocolFrom, addresses, limits, reports, clock, accept }
      listeners.push(await Listener.open(address, parts))
    }
    if (options.admin !== undefined) {
      const isReady = () => [handingOver, stopping, destroying].every(end => end === undefined)
      const view = new DashboardView({
        ...{ clock, limits, registry, settings, tunnels, traffic, recent, reports },
        ...{ version: options.version, balanceFile: options.balanceFile },
        ...{ publicUrl: options.publicUrl, hostMode: hostMode?.domain },
        isStopping: () => !isReady(),
        listeners: () => listeners.map(listener => listener.url),
        certificates: () => [
          ...(certificate === undefined ? [] : [{ place: 'listener' as const, pem: certificate.served.pem }]),
          ...inFront.map(pem => ({ place: 'front' as const, pem })),
        ],
      })
      const subject: AdminSubject = {
        metrics: () => metrics.registry.metrics(),
        metricsType: metrics.registry.contentType,
        isReady,
        state: asksForToken => view.state(asksForToken),
        visits: tunnel => view.visits(tunnel),
        drop(name, address) {
          const isDropped = agents.drop(name)
          if (isDropped) log.info({ name, address }, 'the admin dropped a tunnel')
          return isDropped
        },
      }
      admin = await AdminListener.open(options.admin, subject, { clock, random, log, limits, reports })
    }
    await certificate?.start()
  } catch (cause) {
    await gateway.destroy()
    throw cause
  }
  return gateway
}
