/** Where passwords stand in a line of backbalance.bin, sound or not, commented out or not. */
import { readAgentEntry } from './agent-grammar.ts'
import type { Span } from './diagnostic.ts'
import { kindOfLine, LineReading, reportOther } from './entry-line.ts'

/** What stands before an entry that is commented out, or spoken of. */
const beforeEntry = /^.*?(?=(?:SSL )?\/~~)/

/** In order, without overlaps, none empty. Where an entry has errors, all that may be part of a password. */
export function secretSpansOf(text: string): readonly Span[] {
  const kind = kindOfLine(text)
  if (kind === 'blank') {
    const lead = beforeEntry.exec(text)?.[0].length
    if (lead === undefined) return []
    return secretSpansOf(text.slice(lead)).map(({ start, end }) => ({ start: start + lead, end: end + lead }))
  }
  const reading = new LineReading(text)
  if (kind === 'other') {
    reportOther(reading)
    return merged(reading.secrets)
  }
  const entry = readAgentEntry(reading, 1, {})
  if (entry === undefined || reading.hasErrors) return merged(reading.secrets)
  const [tunnel, ...hops] = entry.secretSpans
  return merged([...(tunnel ? [tunnel] : []), ...hops.map(({ start, end }) => ({ start: start + 1, end }))])
}

function merged(spans: readonly Span[]): Span[] {
  const result: { start: number; end: number }[] = []
  const sorted = spans.filter(({ start, end }) => end > start).toSorted((a, b) => a.start - b.start)
  for (const { start, end } of sorted) {
    const last = result.at(-1)
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
    else result.push({ start, end })
  }
  return result
}
