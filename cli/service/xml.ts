/** Text within XML, as element content and in attributes. */

/** XML 1.0 has no way to write these (section 2.2). */
const impossible = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // Kept as they are: a parser would make spaces and line feeds of them.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** @throws RangeError for what XML cannot hold */
export function xmlText(text: string): string {
  if (impossible.test(text)) throw new RangeError('A control character cannot stand in a service’s settings.')
  return text.replace(/[&<>"'\t\n\r]/g, sign => entities[sign] ?? sign)
}
