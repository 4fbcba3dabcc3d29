/** Which page is shown, as the address says: `#/tunnel/NAME`, else the overview. So the browser's own way back works. */
import { useSyncExternalStore } from 'react'

const tunnelPlace = /^#\/tunnel\/(.+)$/

/** The tunnel that is shown; undefined: the overview. */
export function shownTunnel(): string | undefined {
  const name = tunnelPlace.exec(location.hash)?.[1]
  try {
    return name === undefined ? undefined : decodeURIComponent(name)
  } catch {
    return undefined
  }
}

export function placeOf(tunnel: string): string {
  return `#/tunnel/${encodeURIComponent(tunnel)}`
}

export function onPlace(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

export function useShownTunnel(): string | undefined {
  return useSyncExternalStore(onPlace, shownTunnel)
}
