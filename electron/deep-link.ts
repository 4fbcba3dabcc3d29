/** `tildegate://add?line=…`: fills the dialog in, and does nothing else. Pure. */
import type { Destination } from '../shared/ipc/views.ts'

export const deepLinkScheme = 'tildegate'
const lineChars = 4_096

/** @returns undefined for what is no link of ours */
export function destinationOf(link: string): Destination | undefined {
  if (link.length > 4 * lineChars) return undefined
  const url = URL.parse(link)
  if (url?.protocol !== `${deepLinkScheme}:` || url.host !== 'add') return undefined
  const line = url.searchParams.get('line')
  if (line === null) return { page: 'share' }
  // One line, as it would be typed: control characters have no place in it.
  return line.length <= lineChars && !/\p{Cc}/u.test(line) ? { page: 'share', line } : undefined
}

/** The link among a command's arguments, as Windows and Linux hand it over. */
export function linkAmong(argv: readonly string[]): string | undefined {
  return argv.find(argument => argument.startsWith(`${deepLinkScheme}://`))
}
