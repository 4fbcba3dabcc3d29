/** The text form of GVariant as `gsettings` prints it: strings, numbers, booleans, lists of strings. */

export type GVariant = string | number | boolean | readonly string[]

const stringPattern = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g

/** @returns undefined for a type that no proxy setting has */
export function parseGVariant(text: string): GVariant | undefined {
  const value = text.trim().replace(/^@\w+\s+|^(?:byte|int16|uint16|int32|uint32|int64|uint64)\s+/, '')
  if (value === 'true' || value === 'false') return value === 'true'
  if (/^-?\d+$/.test(value)) return Number(value)
  if (value.startsWith('[')) return [...value.matchAll(stringPattern)].map(([literal]) => unquoted(literal))
  const [literal] = value.match(stringPattern) ?? []
  return literal === value ? unquoted(literal) : undefined
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

function unquoted(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(/\\(?:u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|(.))/gs, (_, short, long, one: string) => {
      const code = short ?? long
      return code === undefined ? (escapes[one] ?? one) : String.fromCodePoint(Number.parseInt(code, 16))
    })
}
