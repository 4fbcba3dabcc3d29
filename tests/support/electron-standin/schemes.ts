/**
 * Custom schemes in a Chromium that has none: `app://tildegate/x` is shown as `https://tildegate.app-scheme.test/x`, a secure origin of its own
 * that no network ever sees, and called by its true name towards main.
 */
const suffix = '-scheme.test'

export function shownAs(url: string): string {
  const parsed = new URL(url)
  const scheme = parsed.protocol.slice(0, -1)
  if (['http', 'https', 'about', 'data', 'blob', 'file'].includes(scheme)) return url
  return `https://${parsed.host}.${scheme}${suffix}${parsed.pathname}${parsed.search}${parsed.hash}`
}

export function trueName(url: string): string {
  const match = /^https:\/\/([^/]+)\.(\w+)-scheme\.test(\/.*)?$/.exec(url)
  return match === null ? url : `${match[2]}://${match[1]}${match[3] ?? '/'}`
}
