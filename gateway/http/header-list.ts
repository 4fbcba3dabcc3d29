/**
 * Header fields as they stood on the wire: a flat list of name, value, name, value (Node's `rawHeaders`).
 * Order, case and repetitions survive; values are Latin-1 text, one character a byte.
 */
export type RawHeaders = readonly string[]

export function* fieldsOf(headers: RawHeaders): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    yield [headers[at] ?? '', headers[at + 1] ?? '']
  }
}

/** The values of all fields of this name (in lower case), in order. */
export function valuesOf(headers: RawHeaders, name: string): string[] {
  const values: string[] = []
  for (const [field, value] of fieldsOf(headers)) if (field.toLowerCase() === name) values.push(value)
  return values
}

/** The members of a comma-separated list, over all fields of this name, in lower case. */
export function tokensOf(headers: RawHeaders, name: string): string[] {
  return valuesOf(headers, name)
    .flatMap(value => value.split(','))
    .map(token => token.trim().toLowerCase())
    .filter(token => token !== '')
}

/** Meant for one hop only (RFC 9110 §7.6.1), and what belongs to proxies (§11.7). */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** Fields that a `Connection` header must not be able to remove: they are meant for every recipient. */
const neverNamed: ReadonlySet<string> = new Set(['content-length', 'host', 'trailer', 'cache-control'])

/** Names, in lower case, of the fields that must not be passed on. */
export function singleHopNames(headers: RawHeaders): ReadonlySet<string> {
  const names = new Set(hopByHop)
  for (const name of tokensOf(headers, 'connection')) if (!neverNamed.has(name)) names.add(name)
  return names
}

/** Not allowed behind a body: framing, routing, authentication and what is meant for one hop (RFC 9110 §6.5.1). */
const neverTrailers: ReadonlySet<string> = new Set([
  ...hopByHop,
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'host',
  'location',
  'max-forwards',
  'range',
  'set-cookie',
  'tildegate-error',
  'trailer',
  'www-authenticate',
])

/** Trailer fields that may be passed on. */
export function passableTrailers(trailers: RawHeaders): [name: string, value: string][] {
  const passable: [string, string][] = []
  for (const [name, value] of fieldsOf(trailers)) {
    if (!neverTrailers.has(name.toLowerCase())) passable.push([name, value])
  }
  return passable
}
