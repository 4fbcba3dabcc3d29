/** The title of a page, as text. The page is somebody else's: what comes out is short, one line, and shown as text only. Pure. */

const titleChars = 80
const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: '’',
  nbsp: ' ',
}

export function pageTitle(html: string): string | undefined {
  const inner = /<title[^>]{0,200}>([^<]{0,1000})/i.exec(html)?.[1]
  if (inner === undefined) return undefined
  const text = inner
    .replace(
      /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,8}));/gi,
      (whole, decimal, hex, name: string | undefined) =>
        name === undefined
          ? character(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal))
          : (named[name] ?? whole),
    )
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (text === '') return undefined
  return [...text].length > titleChars ? `${[...text].slice(0, titleChars - 1).join('')}…` : text
}

function character(code: number): string {
  const isOne = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
  return isOne ? String.fromCodePoint(code) : ' '
}
