/** The target behind ` => `: what the agent shares. Also the `--target` of the command line. Pure text, no URL class. */
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

export type TargetFault = {
  readonly code: 'bad-target' | 'target-not-supported' | 'bad-option' | 'bad-visitors'
  /** Offset in the text. */
  readonly start: number
  readonly end: number
  readonly message: string
  readonly mend: string
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
const example = 'write => http://127.0.0.1:3000'

/** `http://host:port/base` and the option `host=keep`. */
export function parseTarget(text: string): TargetSpec | TargetFault {
  const share = parseShare(text)
  if ('code' in share) return share
  if (share.target !== undefined && share.visitors === undefined) return share.target
  return {
    code: 'bad-option',
    start: 0,
    end: Math.max(1, text.length),
    message: 'A password for visitors belongs to an entry.',
    mend: 'write it in the entry: => http://127.0.0.1:3000 visitors=keychain',
  }
}

/** `http://host:port/base`, options `key=value`, or both, separated by spaces. */
export function parseShare(text: string): ShareSpec | TargetFault {
  const words = [...text.matchAll(/\S+/g)]
  const hasAddress = !visitorsOption.test(words[0]?.[0] ?? '')
  const target = hasAddress ? parseAddress(words[0]?.[0] ?? '', text) : undefined
  if (target !== undefined && 'code' in target) return target
  let keepsHost = false
  let visitors: VisitorsSource | undefined
  for (const { 0: word, index } of words.slice(hasAddress ? 1 : 0)) {
    if (word === 'host=keep' && hasAddress) keepsHost = true
    else if (visitorsOption.test(word) && visitors === undefined) {
      const start = index + 'visitors='.length
      const read = readVisitors(text, text.slice(start, index + word.length), start)
      if ('code' in read) return read
      visitors = read
    } else return unknownOption(word, index)
  }
  return {
    ...(target === undefined ? {} : { target: { ...target, keepsHost } }),
    ...(visitors === undefined ? {} : { visitors }),
  }
}

function unknownOption(word: string, start: number): TargetFault {
  return {
    code: 'bad-option',
    start,
    end: start + word.length,
    message: 'This option is not known, or stands twice.',
    mend: 'the options that there are: host=keep behind an address, visitors=keychain',
  }
}

function parseAddress(url: string, text: string): Omit<TargetSpec, 'keepsHost'> | TargetFault {
  const lead = text.length - text.trimStart().length
  const fault = (code: TargetFault['code'], message: string, mend: string): TargetFault => ({
    code,
    start: lead,
    end: lead + Math.max(1, url.length),
    message,
    mend,
  })
  if (later.test(url)) {
    return fault(
      'target-not-supported',
      'Targets of this kind are not supported yet.',
      'write an http:// or https:// target',
    )
  }
  const match = urlPattern.exec(url)
  const address = parseHostPort(match?.[2] ?? '')
  if (match === null || address === undefined) {
    const message = match?.[2]?.includes('@')
      ? 'A target has no login in its address.'
      : 'The target is not an address of the form http://host:port/path, without ? and #.'
    return fault('bad-target', message, example)
  }
  const scheme = match[1]?.toLowerCase() === 'https' ? 'https' : 'http'
  const port = address.port ?? (scheme === 'https' ? 443 : 80)
  if (!isPort(port)) return fault('bad-target', 'The target’s port is not between 1 and 65535.', example)
  const path = match[3] ?? '/'
  if (!/^[\x21-\x7e]+$/.test(path)) {
    return fault(
      'bad-target',
      'The target’s path has characters that must be percent-encoded.',
      `write ${encodePath(path)}`,
    )
  }
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
