/** The target behind ` => `: what the agent shares. Also the `--target` of the command line. Pure text, no URL class. */
import { isPort, parseHostPort, printHost } from './host-port.ts'

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
  readonly code: 'bad-target' | 'target-not-supported' | 'bad-option'
  /** Offset in the text. */
  readonly start: number
  readonly end: number
  readonly message: string
  readonly mend: string
}

const later = /^(?:rdp:\/\/|vnc:\/\/|tcp:\/\/|folder:)/i
const urlPattern = /^(https?):\/\/([^\s/?#]*)(\/[^\s?#]*)?$/i
const example = 'write => http://127.0.0.1:3000'

/** `http://host:port/base` and options `key=value`, separated by spaces. */
export function parseTarget(text: string): TargetSpec | TargetFault {
  const lead = text.length - text.trimStart().length
  const words = [...text.matchAll(/\S+/g)]
  const url = words[0]?.[0] ?? ''
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
  let keepsHost = false
  for (const word of words.slice(1)) {
    if (word[0] === 'host=keep') keepsHost = true
    else {
      return {
        code: 'bad-option',
        start: word.index,
        end: word.index + word[0].length,
        message: 'This option of the target is not known.',
        mend: 'the one that there is: host=keep',
      }
    }
  }
  return { scheme, host: address.host, port, base: path.endsWith('/') ? path : `${path}/`, keepsHost }
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
