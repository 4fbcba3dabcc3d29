/** The way out of a tunnel that is up or on its way, as stops. Pure. */
import type { TunnelView } from '../../../shared/ipc/views.ts'
import type { StopState } from '../../kit/stations.tsx'

export interface WayStop {
  readonly id: string
  readonly kind: 'pc' | 'proxy' | 'gateway' | 'visitors'
  readonly hop?: number
  readonly address?: string
  readonly scheme?: 'basic' | 'ntlm'
  readonly state: StopState
}

export function wayOf(tunnel: TunnelView): WayStop[] {
  const { proxies, gateway } = tunnel
  const reached = reachedOf(tunnel)
  const stateAt = (place: number): StopState => {
    if (place < reached.place) return 'ok'
    return place === reached.place ? reached.state : 'pending'
  }
  return [
    { id: 'pc', kind: 'pc', state: stateAt(0) },
    ...proxies.map(({ address, login }, i): WayStop => {
      const scheme = login === undefined ? {} : { scheme: login.scheme }
      const at = address === undefined ? {} : { address }
      return { id: `proxy-${i + 1}`, kind: 'proxy', hop: i + 1, state: stateAt(i + 1), ...at, ...scheme }
    }),
    { id: 'gateway', kind: 'gateway', address: gateway, state: stateAt(proxies.length + 1) },
    { id: 'visitors', kind: 'visitors', state: stateAt(proxies.length + 2) },
  ]
}

/** Up to which place, this PC being 0, and how it stands there. */
function reachedOf({ state, isWanted, proxies, hop, problem }: TunnelView): {
  place: number
  state: StopState
} {
  const gatewayPlace = proxies.length + 1
  if (!isWanted) return { place: 0, state: 'pending' }
  switch (state) {
    case 'established':
      return { place: gatewayPlace + 2, state: 'ok' }
    case 'dialling':
      return { place: hop === undefined || hop === 0 ? Math.min(1, gatewayPlace) : hop, state: 'active' }
    case 'upgrading':
    case 'proving':
      return { place: gatewayPlace, state: 'active' }
    case 'waiting':
    case 'needsUser':
      return problem === undefined
        ? { place: 1, state: 'active' }
        : { place: problem.hop ?? gatewayPlace, state: 'failed' }
    case 'idle':
    case 'stopped':
      return { place: 0, state: 'active' }
  }
}
