/** A connection test as rows that light up one after another: on a terminal the row under way is shown, elsewhere only what is settled. */
import { styleText } from 'node:util'
import type { AgentEntry } from '../shared/balance/index.ts'
import { printHost } from '../shared/balance/index.ts'
import type { RouteEvent, RouteReport, Station, StationKind, StationState } from '../shared/route-report.ts'

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold'

const marks: Readonly<Record<StationState, readonly [mark: string, style: Style]>> = {
  pending: ['…', 'dim'],
  ok: ['✓', 'green'],
  warning: ['!', 'yellow'],
  failed: ['✗', 'red'],
  skipped: ['–', 'dim'],
}

const titles: Readonly<Record<StationKind, string>> = {
  'system-proxy': 'system proxy',
  name: 'name',
  tcp: 'connect',
  tls: 'TLS',
  proxy: 'proxy',
  upgrade: 'gateway',
  handshake: 'password',
  'address-rule': 'address rule',
  encryption: 'encryption',
  target: 'target',
}
const titleWidth = 14
const clearLine = '\r\u001b[2K'

export class StationRows {
  readonly #out: NodeJS.WriteStream
  readonly #isTerminal: boolean
  readonly #hasColour: boolean
  #stations = new Map<string, Station>()
  #labelWidth = 0
  #isRowOpen = false

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
    this.#isTerminal = out.isTTY === true
    this.#hasColour = this.#isTerminal && !process.env['NO_COLOR']
  }

  begin({ name, gateway }: AgentEntry): void {
    this.#line(this.#styled('bold', `/~~${name} → ${printHost(gateway.host)}:${gateway.port}`))
  }

  take(event: RouteEvent): void {
    if (event.kind === 'planned') {
      this.#stations = new Map(event.stations.map(station => [station.id, station]))
      this.#labelWidth = Math.max(...event.stations.map(station => shown(station).length))
    } else if (event.kind === 'settled') this.#settled(event.station)
    else if (this.#isTerminal) {
      const station = this.#stations.get(event.id)
      if (station !== undefined) this.#open(station)
    }
  }

  end(report: RouteReport): void {
    const failed = report.stations.filter(({ state }) => state === 'failed')
    const url = report.stations.find(({ kind }) => kind === 'address-rule')?.detail.url
    if (failed.length > 0) this.#line(`  Failed: ${failed.map(titleOf).join(', ')}.`)
    else this.#line(`  All passed in ${report.ms} ms.${url === undefined ? '' : ` Visitors use ${url}`}`)
    this.#line('')
  }

  #open(station: Station): void {
    const row = this.#row(station, '').slice(0, Math.max(20, (this.#out.columns || 80) - 1))
    this.#out.write(`${this.#isRowOpen ? clearLine : ''}${this.#styled('dim', row)}`)
    this.#isRowOpen = true
  }

  #settled(station: Station): void {
    const { state, message, mend } = station
    const [mark, style] = marks[state]
    const row = this.#row(station, state === 'failed' ? reasonOf(station) : remarkOf(station))
    this.#line(row.replace(mark, this.#styled(style, mark)))
    if (message !== undefined) this.#line(`      ${message}`)
    if (mend !== undefined) this.#line(`      → ${mend}`)
  }

  #row(station: Station, remark: string): string {
    const [mark] = marks[station.state]
    const title = titleOf(station).padEnd(titleWidth)
    const label = shown(station).padEnd(this.#labelWidth)
    return `  ${mark} ${title} ${label}  ${timeOf(station)}  ${remark}`.trimEnd()
  }

  #line(text: string): void {
    this.#out.write(`${this.#isRowOpen ? clearLine : ''}${text}\n`)
    this.#isRowOpen = false
  }

  #styled(style: Style, text: string): string {
    return this.#hasColour ? styleText(style, text, { validateStream: false }) : text
  }
}

function titleOf({ kind, hop }: Station): string {
  if (kind === 'proxy') return `proxy ${hop}`
  return kind === 'tls' && hop !== undefined ? `TLS, proxy ${hop}` : titles[kind]
}

/** What stands at the station. */
function shown({ kind, label, detail }: Station): string {
  if (kind === 'tcp') return `this PC → ${label}`
  if (kind === 'proxy') {
    const words = [detail.proxy === 'socks5' ? 'SOCKS5' : undefined, detail.scheme].filter(Boolean)
    return words.length === 0 ? label : `${label} (${words.join(', ')})`
  }
  if (kind === 'target' && detail.site !== undefined) return `the built-in ${detail.site} page`
  return label
}

function timeOf({ ms }: Station): string {
  const text = ms === undefined ? '' : ms < 1 ? '<1 ms' : `${Math.round(ms)} ms`
  return text.padStart(8)
}

function remarkOf({ kind, state, detail }: Station): string {
  if (state === 'skipped') return detail.plain ? 'none: the gateway speaks plain HTTP' : 'not reached'
  switch (kind) {
    case 'system-proxy':
      return detail.said ?? ''
    case 'name':
      return addresses(detail.addresses ?? [])
    case 'tls':
      return [detail.version, detail.trusted ? 'certificate trusted' : undefined].filter(Boolean).join(', ')
    case 'address-rule':
      return detail.inUse ? 'in use now: the running session was not disturbed' : ''
    case 'encryption':
      return detail.outer === undefined ? '' : encryption[detail.outer]
    case 'target':
      return detail.status === undefined ? '' : `answers ${detail.status}`
    default:
      return ''
  }
}

/** What the message does not say already. */
function reasonOf({ detail: { reason }, message }: Station): string {
  return reason === undefined || message?.includes(reason) ? '' : reason
}

const encryption = {
  proven: 'end to end: the certificate is the gateway’s own',
  plain: 'inside the connection; the line to the gateway itself is plain',
  unproven: 'inside the connection',
} as const

function addresses(list: readonly string[]): string {
  const most = 3
  const more = list.length > most ? `, ${list.length - most} more` : ''
  return `${list.slice(0, most).join(', ')}${more}`
}
