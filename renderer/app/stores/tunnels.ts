/** The tunnels as the engine last told of them. Undefined: not told yet. */
import { create } from 'zustand'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import type { AppClient } from '../client.ts'

interface TunnelsState {
  readonly tunnels?: readonly TunnelView[]
}

export const useTunnels = create<TunnelsState>(() => ({}))

export async function followTunnels(client: AppClient): Promise<void> {
  client.tunnels.changed(tunnels => useTunnels.setState({ tunnels }))
  useTunnels.setState({ tunnels: await client.tunnels.list() })
}
