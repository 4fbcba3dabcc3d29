/**
 * backbalance.bin as text that may be shown and edited by whoever must not know the passwords: each stands as a token, and is put
 * back where the token comes back in its place. A token that was moved to where its password would get out (into a host's name, to
 * another proxy) is refused: the password must then be typed anew.
 */
import { textOf } from '../protocol/bytes.ts'
import { Secret } from '../secret.ts'
import { readAgentEntry } from './agent-grammar.ts'
import type { Span } from './diagnostic.ts'
import type { Document, DocumentLine } from './document.ts'
import { kindOfLine, LineReading } from './entry-line.ts'
import { secretSpansOf } from './line-secrets.ts'

/** A token in a text: private-use characters around its number. */
export const tokenPattern = /\uE000(\d{1,7})\uE001/g

interface Kept {
  readonly secret: Secret
  /** The masked line it stood in. */
  readonly line: string
  /** Whom the password is for. Undefined: that can't be told, and it may only come back in the very same line. */
  readonly context: string | undefined
}

/** One token in an edited line: where it stands in the masked text and what it stands for in the plain one. */
export interface Replaced {
  readonly masked: Span
  readonly plain: Span
}

export interface UnmaskedLine {
  readonly line: DocumentLine
  readonly replaced: readonly Replaced[]
  /** A token that may not stand where it does, in the masked line. */
  readonly misplaced?: Span
}

export class MaskedText {
  /** Lines end in `\n`, whatever they end in in the file. */
  readonly text: string
  readonly #document: Document
  readonly #kept: Kept[] = []
  readonly #endings = new Map<string, DocumentLine['ending'][]>()

  constructor(document: Document) {
    this.#document = document
    const lines = document.lines.map(line => this.#masked(line))
    document.lines.forEach(({ ending }, i) => {
      const masked = lines[i] ?? ''
      this.#endings.set(masked, [...(this.#endings.get(masked) ?? []), ending])
    })
    this.text = document.lines.map(({ ending }, i) => `${lines[i]}${ending === '' ? '' : '\n'}`).join('')
  }

  /** The edited text as it would stand in the file. Lines that are as they were keep their endings. */
  unmasked(text: string): { readonly document: Document; readonly lines: readonly UnmaskedLine[] } {
    const usual = this.#document.lines.find(line => line.ending !== '')?.ending ?? '\n'
    const pieces = text.split('\n')
    const isEnded = pieces.at(-1) === ''
    if (isEnded) pieces.pop()
    const endings = new Map([...this.#endings].map(([line, all]) => [line, [...all]]))
    const lines = pieces.map((piece, i) => {
      const known = endings.get(piece)?.shift()
      const isLast = i === pieces.length - 1 && !isEnded
      return this.#unmasked(piece, isLast ? '' : known === undefined || known === '' ? usual : known)
    })
    return { document: { hasBom: this.#document.hasBom, lines: lines.map(({ line }) => line) }, lines }
  }

  #masked({ text, bytes }: DocumentLine): string {
    // What is no text, would end a line in an editor, or looks like a token cannot be edited: it stays whole.
    if (bytes !== undefined) return this.#keepWhole(Secret.fromBytes(bytes))
    if (/[\r\uE000\uE001\u2028\u2029\p{Cs}]/u.test(text)) return this.#keepWhole(Secret.fromText(text))
    const parts: string[] = []
    const spans = secretSpansOf(text)
    let at = 0
    spans.forEach(({ start, end }, i) => {
      parts.push(text.slice(at, start), token(this.#kept.length + i + 1))
      at = end
    })
    const line = [...parts, text.slice(at)].join('')
    for (const span of spans) {
      const own = token(this.#kept.length + 1)
      const secret = Secret.fromText(text.slice(span.start, span.end))
      this.#kept.push({ secret, line, context: contextOf({ masked: line, token: own, text, span }) })
    }
    return line
  }

  #keepWhole(secret: Secret): string {
    const line = token(this.#kept.length + 1)
    this.#kept.push({ secret, line, context: undefined })
    return line
  }

  #unmasked(masked: string, ending: DocumentLine['ending']): UnmaskedLine {
    const whole = this.#kept[Number(tokenOnly.exec(masked)?.[1]) - 1]
    if (whole?.line === masked)
      return { line: whole.secret.use(bytes => lineOf(bytes, ending)), replaced: [] }
    const replaced: (Replaced & { readonly kept: Kept | undefined })[] = []
    let text = ''
    let at = 0
    for (const match of masked.matchAll(tokenPattern)) {
      const span = { start: match.index, end: match.index + match[0].length }
      const kept = this.#kept[Number(match[1]) - 1]
      text += masked.slice(at, span.start)
      const secret = kept?.secret.use(bytes => textOf(bytes)) ?? ''
      replaced.push({ kept, masked: span, plain: { start: text.length, end: text.length + secret.length } })
      text += secret
      at = span.end
    }
    text += masked.slice(at)
    const misplaced = replaced.find(({ kept, plain, masked: span }) => {
      if (kept?.line === masked) return false
      const context = contextOf({ masked, token: masked.slice(span.start, span.end), text, span: plain })
      return context === undefined || context !== kept?.context
    })
    return misplaced === undefined
      ? { line: { text, ending }, replaced }
      : { line: { text: '', ending }, replaced: [], misplaced: misplaced.masked }
  }
}

const tokenOnly = /^\uE000(\d{1,7})\uE001$/

function token(number: number): string {
  return `\uE000${number}\uE001`
}

function lineOf(bytes: Uint8Array, ending: DocumentLine['ending']): DocumentLine {
  const text = textOf(bytes)
  return text === undefined ? { text: '', bytes: bytes.slice(), ending } : { text, ending }
}

interface Place {
  readonly masked: string
  readonly token: string
  readonly text: string
  readonly span: Span
}

/**
 * Whom a password is told to: a proxy, with the login. A tunnel's is told to nobody, since only a proof of it crosses the wire
 * (docs/protocol.md), and may go with its line to another gateway. Undefined: the place is none for a password.
 */
function contextOf({ masked, token, text, span }: Place): string | undefined {
  const reading = new LineReading(text)
  const entry = kindOfLine(text) === 'entry' ? readAgentEntry(reading, 1, {}) : undefined
  if (entry === undefined || reading.hasErrors) return likelyContext(masked, token)
  const index = entry.secretSpans.findIndex(
    ({ start, end }, i) => start + (i === 0 ? 0 : 1) === span.start && end === span.end,
  )
  if (index === 0) return 'tunnel'
  const hop = entry.hops[index - 1]
  if (hop === undefined || hop.kind === 'system' || hop.login === undefined) return undefined
  const { domain, user } = hop.login
  return proxyContext(hop.kind, domain === undefined ? user : `${domain}\\${user}`, hop.host)
}

const entryHead = /^(?:\s*(?:#|\/\/)[^\uE000]*?)?(?:SSL )?\/~~[^=\uE000]*=/
const hopAround = /^(?:(https?|socks5):\/\/)?([^:@]+):\uE000\d+\uE001@(\[[^\]]*\]|[\w.-]+)(?::\d*)?;?$/i

/** The same of a line with errors, or one that is commented out: nothing is told to anybody until it is mended. */
function likelyContext(masked: string, token: string): string | undefined {
  const head = entryHead.exec(masked)?.[0]
  if (head === undefined) return undefined
  const rest = masked.slice(head.length)
  if (rest.startsWith(`${token}#`)) return 'tunnel'
  const piece = rest.split(/ -> | => /).find(part => part.includes(token)) ?? ''
  const [, scheme = 'http', login, host] = hopAround.exec(piece.trim()) ?? []
  if (login === undefined || host === undefined) return undefined
  return proxyContext(scheme.toLowerCase(), login, host.replace(/^\[|\]$/g, ''))
}

function proxyContext(scheme: string, login: string, host: string): string {
  return `${scheme} ${login}@${host.toLowerCase()}`
}
