/** One entry of backbalance.bin: a name to register, the gateway, the proxies on the way, the target. docs/file-formats.md. */
import { piecesOf } from './chain-separators.ts'
import type { Span } from './diagnostic.ts'
import { type EntryLine, type LineReading, maskedLine, readEntryLine } from './entry-line.ts'
import { type Hop, type PasswordSource, passwordSource, readHop } from './hop.ts'
import { isPort, looksLikeHost, parseHostPort, printHost } from './host-port.ts'
import { parseShare, type ShareSpec, type TargetSpec } from './target.ts'
import type { VisitorsSource } from './visitors.ts'

export interface GatewayAddress {
  /** As the entry says it; without it: port 80 is plain, any other tries TLS first. */
  readonly scheme?: 'http' | 'https'
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

export interface AgentEntry {
  readonly name: string
  readonly password: PasswordSource
  readonly gateway: GatewayAddress
  /** From this computer outwards. */
  readonly hops: readonly Hop[]
  /** Without it: the target set elsewhere, else the built-in welcome page. */
  readonly target?: TargetSpec
  /** Visitors are asked for a password, which is there. */
  readonly visitors?: VisitorsSource
  readonly line: number
  /** Where the secrets stand in the line, for edits: the tunnel's first, then one for each hop (empty: none). */
  readonly secretSpans: readonly Span[]
}

export interface AgentGrammarOptions {
  /** `env:VAR` in place of a password, for the command line's `--line`. */
  readonly allowEnvironment?: boolean
}

const example = '/~~name=password#gateway.example:443;'
/** @returns undefined where the line has errors; they stand in `reading` */
export function readAgentEntry(
  reading: LineReading,
  line: number,
  options: AgentGrammarOptions,
): AgentEntry | undefined {
  const entry = readEntryLine(reading, example)
  if (entry === undefined) return undefined
  if (entry.isSsl) {
    const prefix = { start: reading.text.indexOf('SSL'), end: reading.text.indexOf('SSL') + 3 }
    reading.warn('ssl-here', prefix, 'without-ssl')
  }
  const [head, ...others] = piecesOf(reading.text, entry.body)
  if (head === undefined) return undefined
  const hash = reading.text.slice(head.start, head.end).lastIndexOf('#')
  if (hash < 0) return reportNoHash(reading, entry)
  const mark = head.start + hash
  reading.hide(head.start, mark)
  const password = passwordSource(reading, { start: head.start, end: mark }, options)
  const gateway = readGateway(reading, entry, { start: mark + 1, end: head.end })
  const hops: Hop[] = []
  const secretSpans: Span[] = [{ start: head.start, end: mark }]
  let share: ShareSpec | undefined
  let hasTarget = false
  for (const { after, ...span } of others) {
    if (hasTarget) {
      reading.hideValue()
      reading.error('misplaced-arrow', span, 'target-last')
      break
    }
    if (after === '=>') {
      hasTarget = true
      share = readShare(reading, span)
    } else {
      const read = readHop(reading, span, options)
      if (read !== undefined) hops.push(read.hop)
      secretSpans.push(read?.secret ?? { start: span.end, end: span.end })
    }
  }
  if (reading.hasErrors || gateway === undefined) return undefined
  return { name: entry.name, password, gateway, hops, ...share, line, secretSpans }
}

function reportNoHash(reading: LineReading, entry: EntryLine): undefined {
  reading.hide(entry.body.start, entry.body.end)
  reading.error('no-hash', entry.body, 'write', { instead: maskedLine(entry, '#gateway.example:443') })
}

function readGateway(reading: LineReading, entry: EntryLine, span: Span): GatewayAddress | undefined {
  const raw = reading.text.slice(span.start, span.end)
  const text = raw.trim()
  const start = span.start + (raw.length - raw.trimStart().length)
  const spot = { start, end: start + Math.max(1, text.length) }
  const line = (gateway: string) => maskedLine(entry, `#${gateway}`)
  const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.*)$/is.exec(text) ?? []
  const address = parseHostPort(rest.replace(/\/$/, ''))
  if (address === undefined || (address.port === undefined && scheme === undefined)) {
    const arrow = /->|=>/.exec(text)
    const isHost = looksLikeHost(rest)
    // It may be the end of a password that holds a #.
    if (!isHost) reading.hideValue()
    if (arrow !== null && looksLikeHost(text.slice(0, arrow.index))) {
      reading.error('arrow-without-spaces', spot, 'write', { instead: arrow[0] === '->' ? ' -> ' : ' => ' })
    } else if (address !== undefined && text !== '') {
      const instead = isHost ? `${printHost(address.host)}:443` : line('host:443')
      reading.error('gateway-no-port', spot, 'write', { instead })
    } else {
      reading.error('bad-gateway', spot, 'write', { instead: line('gateway.example:443') })
    }
    return undefined
  }
  const port = address.port ?? (scheme?.toLowerCase() === 'https' ? 443 : 80)
  if (!isPort(port)) {
    if (!looksLikeHost(rest)) reading.hideValue()
    reading.error('bad-port/gateway', spot, 'write', { instead: line('gateway.example:443') })
    return undefined
  }
  const spoken = scheme?.toLowerCase()
  return {
    ...(spoken === 'http' || spoken === 'https' ? { scheme: spoken } : {}),
    host: address.host,
    port,
  }
}

function readShare(reading: LineReading, span: Span): ShareSpec | undefined {
  const parsed = parseShare(reading.text.slice(span.start, span.end))
  if (!('wording' in parsed)) return parsed
  const spot = { start: span.start + parsed.start, end: span.start + parsed.end }
  // A login may stand in it, or it is the end of a password that holds a " => ".
  if (parsed.isSecret) reading.hide(spot.start, span.end)
  else if (parsed.wording.text !== 'target-not-supported') reading.hide(span.start, span.end)
  if (reading.text.slice(spot.start, spot.end).includes('@')) reading.hideValue()
  const { text, mend, details } = parsed.wording
  reading.error(text, spot, mend, details)
  return undefined
}
