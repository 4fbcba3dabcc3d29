/** Text from outside, so that it can only be read: characters that are not seen or turn the direction are written out, the rest stays by itself. */

/** Controls, and the formats that turn or hide text (Unicode's Cc, Cf, Zl, Zp). */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

export function ShownText({ text }: { readonly text: string }) {
  return <bdi>{readable(text)}</bdi>
}

export function readable(text: string): string {
  return text.replace(
    unseen,
    character => `\\u{${character.codePointAt(0)?.toString(16).padStart(4, '0') ?? ''}}`,
  )
}
