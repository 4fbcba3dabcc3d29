/**
 * A line as it may be shown: passwords as `••••••`, whatever their length, and what could upset a terminal
 * replaced. Long lines are shown in pieces, so that many diagnostics of one long line stay linear.
 */
import type { Span } from './diagnostic.ts'

export const mask = '••••••'
const excerptChars = 160
const beforeCaretChars = 60
const caretChars = 80

/** Control, invisible and direction-changing characters, and bytes that are no text. */
const unshowable = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

interface PlacedMask extends Span {
  readonly shownStart: number
}

export class MaskedLine {
  readonly #shown: string
  readonly #masks: readonly PlacedMask[]

  constructor(text: string, hidden: readonly Span[]) {
    const pieces: string[] = []
    const masks: PlacedMask[] = []
    let at = 0
    let shownLength = 0
    for (const { start, end } of merged(hidden)) {
      pieces.push(text.slice(at, start), mask)
      shownLength += start - at
      masks.push({ start, end, shownStart: shownLength })
      shownLength += mask.length
      at = end
    }
    pieces.push(text.slice(at))
    this.#shown = pieces.join('')
    this.#masks = masks
  }

  /** A piece around the spot, and where the spot is in it, in characters. */
  excerpt(span: Span): { excerpt: string; caret: { start: number; length: number } } {
    const start = this.#shownOffset(span.start, 'start')
    const end = Math.min(Math.max(this.#shownOffset(span.end, 'end'), start), start + caretChars)
    const isWhole = this.#shown.length <= excerptChars
    const from = isWhole ? 0 : this.#wholeCharacter(Math.max(0, start - beforeCaretChars))
    const to = isWhole ? this.#shown.length : this.#wholeCharacter(from + excerptChars)
    const lead = from > 0 ? '…' : ''
    const tail = to < this.#shown.length ? '…' : ''
    return {
      excerpt: `${lead}${showable(this.#shown.slice(from, to))}${tail}`,
      caret: {
        start: lead.length + characters(this.#shown.slice(from, start)),
        length: Math.max(1, characters(this.#shown.slice(start, end))),
      },
    }
  }

  /** A start within a mask is shown at the mask's start, an end within it at its end. */
  #shownOffset(offset: number, side: 'start' | 'end'): number {
    const near = this.#lastMaskBefore(side === 'start' ? offset : offset - 1)
    if (near === undefined) return offset
    if (offset >= near.end) return near.shownStart + mask.length + (offset - near.end)
    return side === 'start' ? near.shownStart : near.shownStart + mask.length
  }

  /** The last mask that begins at `offset` or before. */
  #lastMaskBefore(offset: number): PlacedMask | undefined {
    let low = 0
    let high = this.#masks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#masks[middle]?.start ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    return this.#masks[low - 1]
  }

  #wholeCharacter(offset: number): number {
    const code = this.#shown.charCodeAt(offset - 1)
    return code >= 0xd800 && code <= 0xdbff ? offset - 1 : offset
  }
}

function merged(spans: readonly Span[]): Span[] {
  const sorted = spans.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start)
  const result: { start: number; end: number }[] = []
  for (const { start, end } of sorted) {
    const last = result.at(-1)
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
    else result.push({ start, end })
  }
  return result
}

function showable(text: string): string {
  return text.replaceAll('\t', ' ').replace(unshowable, '\ufffd')
}

function characters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
