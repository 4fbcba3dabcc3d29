/** A bound on what one message may hold, measured without copying it. */
export const ipcLimits = {
  /** Characters of all texts and keys of one argument. */
  chars: 2_000_000,
  /** Values in it, however nested. */
  values: 50_000,
  depth: 16,
} as const

/** Whether it is plain data (no functions, classes, buffers) of a bearable size. */
export function isBearable(
  value: unknown,
  limits: Readonly<Record<keyof typeof ipcLimits, number>> = ipcLimits,
): boolean {
  let chars = 0
  let values = 0
  const fits = (part: unknown, depth: number): boolean => {
    values += 1
    if (values > limits.values || depth > limits.depth) return false
    if (typeof part === 'string') {
      chars += part.length
      return chars <= limits.chars
    }
    if (part === null || part === undefined || typeof part === 'number' || typeof part === 'boolean')
      return true
    if (typeof part !== 'object') return false
    if (Array.isArray(part)) return part.every(item => fits(item, depth + 1))
    const prototype = Object.getPrototypeOf(part)
    // A null prototype, or the `Object` of whichever realm it came from.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false
    return Object.entries(part).every(([key, item]) => {
      chars += key.length
      return chars <= limits.chars && fits(item, depth + 1)
    })
  }
  return fits(value, 0)
}
