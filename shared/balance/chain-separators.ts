/** Where the arrows ` -> ` and ` => ` of a line of `backbalance.bin` stand. */
import type { Span } from './diagnostic.ts'

export interface LinePiece extends Span {
  /** What stands before it. */
  readonly after: 'start' | '->' | '=>'
}

/**
 * The pieces between the arrows, without white space at their ends. One space may serve two arrows, and the
 * span's end counts as a space, so that a missing piece is seen as an empty one.
 */
export function piecesOf(text: string, { start, end }: Span): LinePiece[] {
  const pieces: LinePiece[] = []
  let after: LinePiece['after'] = 'start'
  let from = start
  for (let tip = text.indexOf('>', start); tip !== -1 && tip < end; tip = text.indexOf('>', tip + 1)) {
    const shaft = text.charAt(tip - 1)
    const isArrow = tip - 2 >= start && text.charAt(tip - 2) === ' ' && (shaft === '-' || shaft === '=')
    if (!isArrow || (tip + 1 < end && text.charAt(tip + 1) !== ' ')) continue
    pieces.push({ ...piece(text, from, tip - 2, pieces.length), after })
    after = shaft === '-' ? '->' : '=>'
    from = tip + 1
  }
  pieces.push({ ...piece(text, from, end, pieces.length), after })
  return pieces
}

/** The first piece begins with the tunnel's password, whose spaces count. */
function piece(text: string, start: number, end: number, place: number): Span {
  const from = Math.min(start, end)
  let last = end
  while (last > from && text.charAt(last - 1).trim() === '') last -= 1
  let first = from
  while (place > 0 && first < last && text.charAt(first).trim() === '') first += 1
  return { start: first, end: Math.max(last, first) }
}
