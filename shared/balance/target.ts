/** The target behind ` => `: what the agent shares. Also the `--target` of the command line. Pure text, no URL class. */
import type { DiagnosticText, Wording } from './diagnostic-texts.ts'
import { isPort, parseHostPort, printHost } from './host-port.ts'
import { readVisitors, type VisitorsSource, visitorsOption } from './visitors.ts'

export interface TargetSpec {
  readonly scheme: 'http' | 'https'
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** Begins and ends with `/`. */
  readonly base: string
  /** `host=keep`: the target sees the visitor's Host header. */
  readonly keepsHost: boolean
}

export interface TargetFault {
  readonly wording: Wording
  /** Offset in the text. */
  readonly start: number
  readonly end: number
  /** What stands there may be a password. */
  readonly isSecret?: true
}

/** The whole of what stands behind ` => `. */
export interface ShareSpec {
  /** Without it: the target set elsewhere, else the welcome page. */
  readonly target?: TargetSpec
  /** Visitors are asked for a password. */
  readonly visitors?: VisitorsSource
}

const later = /^(?:rdp:\/\/|vnc:\/\/|tcp:\/\/|folder:)/i
const urlPattern = /^(https?):\/\/([^\s/?#]*)(\/[^\s?#]*)?$/i
const example = '=> http://127.0.0.1:3000'

/** `http://host:port/base` and the option `host=keep`. */
export function parseTarget(text: string): TargetSpec | TargetFault {
  const share = parseShare(text)
  if ('wording' in share) return share
  if (share.target !== undefined && share.visitors === undefined) return share.target
  const wording: Wording = { text: 'bad-option/not-in-entry', mend: 'in-the-entry', details: {} }
  return { wording, start: 0, end: Math.max(1, text.length) }
}

/** `http://host:port/base`, options `key=value`, or both, separated by spaces. */
export function parseShare(text: string): ShareSpec | TargetFault {
  const words = [...text.matchAll(/\S+/g)]
  const hasAddress = !visitorsOption.test(words[0]?.[0] ?? '')
  const target = hasAddress ? parseAddress(words[0]?.[0] ?? '', text) : undefined
  if (target !== undefined && 'wording' in target) return target
  let keepsHost = false
  let visitors: VisitorsSource | undefined
  for (const { 0: word, index } of words.slice(hasAddress ? 1 : 0)) {
    if (word === 'host=keep' && hasAddress) keepsHost = true
    else if (visitorsOption.test(word) && visitors === undefined) {
      const start = index + 'visitors='.length
      const read = readVisitors(text, text.slice(start, index + word.length), start)
      if ('wording' in read) return read
      visitors = read
    } else return unknownOption(word, index)
  }
  return {
    ...(target === undefined ? {} : { target: { ...target, keepsHost } }),
    ...(visitors === undefined ? {} : { visitors }),
  }
}

function unknownOption(word: string, start: number): TargetFault {
  const wording: Wording = { text: 'bad-option', mend: 'known-options', details: {} }
  return { wording, start, end: start + word.length }
}

function parseAddress(url: string, text: string): Omit<TargetSpec, 'keepsHost'> | TargetFault {
  const lead = text.length - text.trimStart().length
  const spot = { start: lead, end: lead + Math.max(1, url.length) }
  const fault = (text: DiagnosticText, instead: string): TargetFault => ({
    wording: { text, mend: 'write', details: { instead } },
    ...spot,
  })
  if (later.test(url))
    return { wording: { text: 'target-not-supported', mend: 'http-target', details: {} }, ...spot }
  const match = urlPattern.exec(url)
  const address = parseHostPort(match?.[2] ?? '')
  if (match === null || address === undefined) {
    return fault(match?.[2]?.includes('@') ? 'bad-target/login' : 'bad-target', example)
  }
  const scheme = match[1]?.toLowerCase() === 'https' ? 'https' : 'http'
  const port = address.port ?? (scheme === 'https' ? 443 : 80)
  if (!isPort(port)) return fault('bad-target/port', example)
  const path = match[3] ?? '/'
  if (!/^[\x21-\x7e]+$/.test(path)) return fault('bad-target/path', encodePath(path))
  return { scheme, host: address.host, port, base: path.endsWith('/') ? path : `${path}/` }
}

function encodePath(path: string): string {
  return path.replace(/[^\x21-\x7e]/gu, character =>
    Array.from(
      new TextEncoder().encode(character),
      byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  )
}

/** The text form that `parseTarget` reads. */
export function printTarget({ scheme, host, port, base, keepsHost }: TargetSpec): string {
  const isDefault = port === (scheme === 'https' ? 443 : 80)
  const authority = isDefault ? printHost(host) : `${printHost(host)}:${port}`
  return `${scheme}://${authority}${base === '/' ? '' : base}${keepsHost ? ' host=keep' : ''}`
}
