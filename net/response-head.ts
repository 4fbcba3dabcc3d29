/**
 * Reads the head of an HTTP/1.x response byte by byte by explicit states, with a limit, for the few places where a connection changes its
 * protocol after it. Lenient where real servers and middleboxes are (LF alone, any case, an empty line before the head, values
 * folded over lines), strict in everything else.
 */
export interface ResponseHead {
  readonly status: number
  readonly version: '1.0' | '1.1'
  readonly reason: string
  /** Names in lower case; in the order of their lines. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Not HTTP, or beyond the limit. */
export class BadResponseHead extends Error {
  override readonly name = 'BadResponseHead'
  /** A web page without a head, as boxes in between send it. */
  readonly isPage: boolean

  constructor(message: string, isPage = false) {
    super(message)
    this.isPage = isPage
  }
}

const statusLine = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: (.*))?$/i
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*$/
/** RFC 9112, 5.2: obs-fold. */
const foldedLine = /^[ \t]+(.*?)[ \t]*$/
/** Left over from the body before (RFC 9112, 2.2 has it for requests; proxies do it to clients). */
const maxEmptyLines = 2

type StatusLine = Pick<ResponseHead, 'status' | 'version' | 'reason'>

export class ResponseHeadDecoder {
  readonly #maxBytes: number
  #taken = 0
  #line: number[] = []
  #status: StatusLine | undefined
  #headers: [string, string][] = []
  #emptyLines = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * @returns the head and what came behind it, or undefined until it is whole; then the decoder is ready for another
   * @throws BadResponseHead
   */
  push(bytes: Uint8Array): { head: ResponseHead; rest: Uint8Array } | undefined {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0
      if (++this.#taken > this.#maxBytes) throw new BadResponseHead('the head is too long')
      if (byte !== 0x0a) {
        this.#line.push(byte)
        continue
      }
      const line = this.#takeLine()
      if (this.#status === undefined) this.#readStatus(line)
      else if (line !== '') this.#readHeader(line)
      else return { head: this.#finish(this.#status), rest: bytes.subarray(i + 1) }
    }
    // What cannot become HTTP any more is refused before its line ends.
    const begin = String.fromCharCode(...this.#line.slice(0, 5)).toUpperCase()
    if (this.#status === undefined && begin !== '\r' && !'HTTP/'.startsWith(begin))
      throw new BadResponseHead('this is not HTTP', begin.startsWith('<'))
    return undefined
  }

  #takeLine(): string {
    if (this.#line.at(-1) === 0x0d) this.#line.pop()
    const line = Buffer.from(this.#line).toString('latin1')
    this.#line = []
    return line
  }

  #readStatus(line: string): void {
    if (line === '' && this.#emptyLines++ < maxEmptyLines) return
    const match = statusLine.exec(line)
    if (match === null) throw new BadResponseHead('this is not an HTTP status line')
    const version = match[1] === '1.0' ? '1.0' : '1.1'
    this.#status = { status: Number(match[2]), version, reason: match[3] ?? '' }
  }

  #readHeader(line: string): void {
    const folded = foldedLine.exec(line)?.[1]
    const last = this.#headers.at(-1)
    if (folded !== undefined && last !== undefined) {
      last[1] = `${last[1]} ${folded}`.trim()
      return
    }
    const match = headerLine.exec(line)
    if (match === null) throw new BadResponseHead('a header line is malformed')
    this.#headers.push([(match[1] ?? '').toLowerCase(), match[2] ?? ''])
  }

  #finish(status: StatusLine): ResponseHead {
    const head = { ...status, headers: this.#headers }
    this.#taken = 0
    this.#emptyLines = 0
    this.#status = undefined
    this.#headers = []
    return head
  }
}

/** All values of a header, in their order. */
export function headerValues(head: ResponseHead, name: string): readonly string[] {
  return head.headers.filter(([other]) => other === name).map(([, value]) => value)
}

/** Whether it announces a page for people. */
export function isWebPage(head: ResponseHead): boolean {
  return headerValues(head, 'content-type').some(value => /^(?:text\/html|application\/xhtml)/i.test(value))
}
