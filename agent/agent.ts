/** All tunnels of this computer: started, woken and closed together; one failing disturbs no other. */
import type { TunnelEntry } from './entry.ts'
import { FramingMemory } from './framing.ts'
import { createTunnel, type Tunnel, type TunnelOptions, type TunnelState } from './tunnel.ts'

export type AgentOptions = Omit<TunnelOptions, 'entry'> & { readonly entries: readonly TunnelEntry[] }

export interface Agent {
  readonly tunnels: readonly Tunnel[]
  start(): void
  wake(): void
  networkChanged(): void
  close(): Promise<void>
  destroy(): void
  onState(listener: (state: TunnelState) => void): () => void
}

export function createAgent({ entries, ...options }: AgentOptions): Agent {
  const framings = options.framings ?? new FramingMemory(options.clock)
  const tunnels = entries.map(entry => createTunnel({ ...options, framings, entry }))
  const each = (call: (tunnel: Tunnel) => void) => () => {
    for (const tunnel of tunnels) call(tunnel)
  }
  return {
    tunnels,
    start: each(tunnel => tunnel.start()),
    wake: each(tunnel => tunnel.wake()),
    networkChanged: each(tunnel => tunnel.networkChanged()),
    async close() {
      await Promise.all(tunnels.map(tunnel => tunnel.close()))
    },
    destroy: each(tunnel => tunnel.destroy()),
    onState(listener) {
      const offs = tunnels.map(tunnel => tunnel.onState(listener))
      return () => {
        for (const off of offs) off()
      }
    },
  }
}
