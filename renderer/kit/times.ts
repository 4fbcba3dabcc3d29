/** Times in words, in the user's language, by what the browser knows of it. */

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** The two largest units: "3 hr, 12 min". */
export function durationWords(ms: number, language: string): string {
  const first = units.findIndex(([, size]) => ms >= size)
  const at = first < 0 ? units.length - 1 : first
  const parts: string[] = []
  let rest = ms
  for (const [unit, size] of units.slice(at, at + 2)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0 || parts.length === 0)
      parts.push(new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(count))
  }
  return parts.join(' ')
}

/** "in 40 seconds". */
export function relativeWords(ms: number, language: string): string {
  const [unit, size] = units.find(([, least]) => Math.abs(ms) >= least) ?? units[3]
  return new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'long' }).format(
    Math.round(ms / size),
    unit,
  )
}

/** Of visits: the time of day, with its date where that is not today's; and how long one took. Made once: they are costly. */
export function visitTimes(language: string): {
  time(at: number): string
  milliseconds(ms: number): string
} {
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' })
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'short' })
  const unit = (name: string, digits: number) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, maximumFractionDigits: digits })
  const [milliseconds, seconds] = [unit('millisecond', 0), unit('second', 1)]
  return {
    time: at =>
      day.format(at) === day.format(Date.now()) ? time.format(at) : `${day.format(at)}, ${time.format(at)}`,
    milliseconds: ms => (ms < 1_000 ? milliseconds.format(ms) : seconds.format(ms / 1_000)),
  }
}
