/** A tunnel as the windows are shown it, connected unless told otherwise. */
import type { TunnelView } from '../../shared/ipc/views.ts'

export function tunnelViewTwin(change: Partial<TunnelView> = {}): TunnelView {
  return {
    id: 'home@gw.example:443',
    name: 'home',
    gateway: 'gw.example:443',
    proxies: [],
    shares: { kind: 'welcome' },
    isWanted: true,
    state: 'established',
    publicUrl: 'https://gw.example/~~home/',
    asksVisitors: false,
    visitors: 0,
    visitsTold: 0,
    bytesIn: 0,
    bytesOut: 0,
    traffic: [],
    ...change,
  }
}
