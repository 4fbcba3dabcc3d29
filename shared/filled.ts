/** Texts with places: `{word}` is filled from the details, a place for which there is none shows as `?`. */
export type Details = Readonly<Record<string, string | number>>

export function filled(template: string, details: Details): string {
  return template.replace(/\{(\w+)\}/g, (_, word: string) => String(details[word] ?? '?'))
}
