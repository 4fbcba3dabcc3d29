/**
 * Follows the bytes of one answer beside Node's parser, for a single question: did the connection end this
 * exchange exactly at the end of the answer? Only then may another request use it. Node's parser does not tell
 * of bytes behind an answer that are no whole second answer; on a pooled connection those would become the
 * beginning of somebody else's. Everything unclear here counts as "no".
 */
const CRLF = '\r\n'
const LINE_MAX = 4096

type State = 'head' | 'counted' | 'chunk-size' | 'chunk-end' | 'trailers' | 'until-close' | 'whole' | 'unfit'

export class ResponseFraming {
  readonly #method: string
  readonly #headMax: number
  #state: State = 'head'
  /** What has come of a head or a line; Latin-1. */
  #text = ''
  /** Bytes still to come of a body or of a chunk. */
  #left = 0
  #isChunked = false
  #received = 0

  constructor(method: string, headMax: number) {
    this.#method = method
    this.#headMax = headMax
  }

  get receivedBytes(): number {
    return this.#received
  }

  /** The answer is whole, and nothing came behind it. */
  get isExactlyWhole(): boolean {
    return this.#state === 'whole'
  }

  /** Only the end of the connection ends the answer. */
  get endsWithConnection(): boolean {
    return this.#state === 'until-close'
  }

  push(bytes: Buffer): void {
    this.#received += bytes.length
    let at = 0
    while (at < bytes.length) {
      switch (this.#state) {
        case 'whole':
          this.#state = 'unfit'
          return
        case 'unfit':
        case 'until-close':
          return
        case 'counted': {
          const taken = Math.min(this.#left, bytes.length - at)
          this.#left -= taken
          at += taken
          if (this.#left === 0) this.#state = this.#isChunked ? 'chunk-end' : 'whole'
          break
        }
        case 'head':
          at = this.#take(bytes, at, CRLF + CRLF, this.#headMax)
          break
        default:
          at = this.#take(bytes, at, CRLF, this.#state === 'trailers' ? this.#headMax : LINE_MAX)
      }
    }
  }

  /** Collects up to the end mark, hands the text on, and says where to go on. */
  #take(bytes: Buffer, at: number, mark: string, max: number): number {
    // The mark may have begun in the bytes before.
    const before = this.#text.length
    const overlap = Math.max(0, before - mark.length + 1)
    const text =
      this.#text.slice(overlap) + bytes.toString('latin1', at, Math.min(bytes.length, at + max + mark.length))
    const found = text.indexOf(mark)
    if (found < 0) {
      this.#text = this.#text.slice(0, overlap) + text
      if (this.#text.length > max) this.#state = 'unfit'
      return bytes.length
    }
    const whole = this.#text.slice(0, overlap) + text.slice(0, found)
    this.#text = ''
    this.#read(whole)
    return at + overlap + found + mark.length - before
  }

  #read(text: string): void {
    switch (this.#state) {
      case 'head':
        this.#readHead(text)
        break
      case 'chunk-size': {
        const size = /^([0-9a-f]{1,13})(?:[\t ]*;.*)?$/i.exec(text)?.[1]
        this.#left = Number.parseInt(size ?? '', 16)
        if (size === undefined) this.#state = 'unfit'
        else this.#state = this.#left === 0 ? 'trailers' : 'counted'
        break
      }
      case 'chunk-end':
        this.#state = text === '' ? 'chunk-size' : 'unfit'
        break
      case 'trailers':
        if (text === '') this.#state = 'whole'
        break
      default:
        this.#state = 'unfit'
    }
  }

  #readHead(text: string): void {
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(text)?.[1] ?? 0)
    if (status === 0) this.#state = 'unfit'
    else if (status === 101) this.#state = 'until-close'
    else if (status >= 200) this.#readFraming(status, text.split(CRLF).slice(1))
    // Another 1xx: the next head follows.
  }

  #readFraming(status: number, lines: readonly string[]): void {
    const values = (name: string) =>
      lines
        .filter(line => line.slice(0, line.indexOf(':')).toLowerCase() === name)
        .map(line => line.slice(name.length + 1).trim())
    const codings = values('transfer-encoding')
    const lengths = values('content-length')
    if (this.#method === 'HEAD' || status === 204 || status === 304) {
      this.#state = 'whole'
    } else if (codings.length > 0) {
      this.#isChunked = true
      const isPlain = codings.length === 1 && codings[0]?.toLowerCase() === 'chunked' && lengths.length === 0
      this.#state = isPlain ? 'chunk-size' : 'unfit'
    } else if (lengths.length > 0) {
      this.#left = Number(lengths[0])
      if (lengths.length > 1 || !/^\d{1,16}$/.test(lengths[0] ?? '')) this.#state = 'unfit'
      else this.#state = this.#left === 0 ? 'whole' : 'counted'
    } else {
      this.#state = 'until-close'
    }
  }
}
