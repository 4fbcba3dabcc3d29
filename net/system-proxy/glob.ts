/** Shell patterns with `*` and `?`, as settings and PAC files use them. Without regular expressions: no pattern takes long. */

export function matchesGlob(pattern: string, text: string): boolean {
  let [p, t] = [0, 0]
  /** Where the latest star stands, and how far the text was when it was met. */
  let star = -1
  let from = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      from = t
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p++
      t++
    } else if (star >= 0) {
      // The star takes one more.
      p = star + 1
      t = ++from
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
