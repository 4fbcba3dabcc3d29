/** The state that the dashboard shows, put together from the parts that know. Reads only; bounded whatever the gateway holds. */
import { basename } from 'node:path'
import type { Diagnostic } from '../../shared/balance/index.ts'
import type {
  CertificateView,
  DashboardState,
  DiagnosticView,
  TunnelView,
  VisitView,
} from '../../shared/dashboard/state.ts'
import type { Clock } from '../../shared/world.ts'
import type { GatewaySession } from '../control/gateway-session.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import type { SessionRegistry } from '../control/session-registry.ts'
import type { GatewayLimits } from '../limits.ts'
import type { BalanceSettings, GatewayEntry } from '../settings/balance-settings.ts'
import type { Tunnels } from '../tunnel/tunnels.ts'
import type { RecentVisits } from '../visits/recent-visits.ts'
import type { TunnelTraffic } from '../visits/tunnel-traffic.ts'
import { certificateFacts } from './certificate-facts.ts'

export interface ViewParts {
  readonly version: string
  readonly balanceFile: string
  readonly publicUrl: string | undefined
  readonly hostMode: string | undefined
  readonly clock: Clock
  readonly limits: GatewayLimits
  readonly registry: SessionRegistry
  readonly settings: BalanceSettings
  readonly tunnels: Tunnels
  readonly traffic: TunnelTraffic
  readonly recent: RecentVisits
  readonly reports: LimitReports
  listeners(): readonly string[]
  isStopping(): boolean
  /** PEM chains, and where they are shown. */
  certificates(): readonly { readonly place: CertificateView['place']; readonly pem: string }[]
}

const maxDiagnostics = 100
const longestText = 200

export class DashboardView {
  readonly #parts: ViewParts
  readonly #startedAt: number
  /** By PEM: reading one takes longer than all the rest. */
  #certificates: ReadonlyMap<string, CertificateView> = new Map()

  constructor(parts: ViewParts) {
    this.#parts = parts
    this.#startedAt = parts.clock.wall()
  }

  state(asksForToken: boolean): DashboardState {
    const { version, publicUrl, hostMode, clock, limits, traffic, reports, listeners } = this.#parts
    return {
      gateway: {
        version,
        startedAt: this.#startedAt,
        at: clock.wall(),
        listeners: [...listeners()],
        ...(publicUrl === undefined ? {} : { publicUrl }),
        ...(hostMode === undefined ? {} : { hostMode }),
        asksForToken,
        isStopping: this.#parts.isStopping(),
        maxSessions: limits.sessions,
      },
      traffic: traffic.all,
      ...this.#tunnels(),
      bites: reports.bites,
      balance: this.#balance(),
      certificates: this.#shownCertificates(),
    }
  }

  /** Newest first. */
  visits(tunnel: string): readonly VisitView[] {
    return this.#parts.recent.of(tunnel)
  }

  /** The connected ones first. Only those that are listed are looked at closely: there may be ten thousand. */
  #tunnels(): Pick<DashboardState, 'tunnels' | 'tunnelsInAll' | 'connected'> {
    const { registry, settings, limits } = this.#parts
    const sessions = registry.all()
    const connected = new Set(sessions.map(({ name }) => name))
    const others = settings.entries.filter(({ name }) => !connected.has(name))
    const direct = others.filter(({ kind }) => kind === 'direct')
    const offline = others.filter(({ kind }) => kind !== 'direct')
    const max = limits.dashboardTunnels
    const listed = sessions.slice(0, max)
    return {
      tunnels: [
        ...listed.map(one => this.#ofSession(one, settings.entry(one.name)?.kind === 'back')),
        ...[...direct, ...offline].slice(0, max - listed.length).map(entry => this.#ofEntry(entry)),
      ],
      tunnelsInAll: sessions.length + others.length,
      connected: sessions.length,
    }
  }

  #ofSession(session: GatewaySession, isInFile: boolean): TunnelView {
    const { name, product, address, since, outer, target, counts } = session
    return {
      ...this.#parts.traffic.of(name),
      ...{ name, state: 'connected', isInFile, address, since, outer },
      agent: product.agent.slice(0, longestText),
      os: product.os.slice(0, longestText),
      target: `${target.scheme}://${target.authority}${target.base}`,
      asksVisitors: session.visitors !== undefined,
      busy: counts.busy,
      waiting: counts.waiting,
    }
  }

  #ofEntry(entry: GatewayEntry): TunnelView {
    const { traffic, tunnels } = this.#parts
    const { name } = entry
    const base = { ...traffic.of(name), name, isInFile: true }
    if (entry.kind === 'back') return { ...base, state: 'offline', busy: 0, waiting: 0 }
    const { busy, waiting } = tunnels.countsOfDirect(name)
    const host = entry.host.includes(':') && !entry.host.startsWith('[') ? `[${entry.host}]` : entry.host
    const target = `${entry.isSsl ? 'https' : 'http'}://${host}:${entry.port}/`
    return {
      ...base,
      state: 'direct',
      address: `${host}:${entry.port}`,
      target,
      asksVisitors: false,
      busy,
      waiting,
    }
  }

  #balance(): DashboardState['balance'] {
    const { settings, balanceFile } = this.#parts
    const { condition, takenAt, diagnostics, entries } = settings
    return {
      file: basename(balanceFile),
      condition,
      takenAt,
      entries: entries.length,
      diagnostics: diagnostics.slice(0, maxDiagnostics).map(diagnosticView),
      diagnosticsInAll: diagnostics.length,
    }
  }

  #shownCertificates(): CertificateView[] {
    const shown = this.#parts.certificates().map(({ place, pem }) => {
      const view = this.#certificates.get(pem) ?? certificateFacts(place, pem)
      return [pem, view] as const
    })
    this.#certificates = new Map(shown)
    return shown.map(([, view]) => view)
  }
}

/** Secrets were masked when it was made. */
function diagnosticView({
  severity,
  line,
  column,
  message,
  mend,
  wording,
  excerpt,
  caret,
}: Diagnostic): DiagnosticView {
  return { severity, line, column, message, mend, wording, excerpt, caret }
}
