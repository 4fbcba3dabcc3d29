/** Which addresses the windows may show, and which may be handed to the system's browser. Pure. */

export const appScheme = 'app'
/** The one page of all windows; what is shown in it is in the fragment. */
export const appPage = 'app://tildegate/index.html'

/** Only our own page may speak to main, whatever else a frame has come to show. */
export function isOwnPage(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed !== null && parsed.protocol === 'app:' && parsed.host === 'tildegate'
}

/** Only https, without a login in it, and only an address that the app itself vouches for. */
export function mayOpenOutside(url: string, own: readonly string[]): boolean {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.protocol !== 'https:' || parsed.username !== '' || parsed.password !== '')
    return false
  return own.some(address => URL.parse(address)?.href === parsed.href)
}

/** The file of the windows' folder that an address of ours names, `/` first; undefined for any other address. */
export function pathOf(url: string): string | undefined {
  const parsed = URL.parse(url)
  if (parsed === null || !isOwnPage(url)) return undefined
  // The parser has resolved dots; what is left encoded (%2e, %2f, %5c) is in no name of ours.
  return /^(?:\/[\w-]+(?:\.[\w-]+)*)+$/.test(parsed.pathname) ? parsed.pathname : undefined
}
