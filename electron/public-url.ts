/** A tunnel's public address. Whoever asks names the tunnel, never the address: no other can be opened or copied. */
import { TildegateError } from '../shared/errors.ts'
import type { TunnelView } from '../shared/ipc/views.ts'

/** @throws TildegateError tunnel-not-listed */
export function publicUrlOf(tunnels: readonly TunnelView[], id: string): string {
  const url = tunnels.find(tunnel => tunnel.id === id)?.publicUrl
  if (url === undefined) throw new TildegateError('tunnel-not-listed', { name: id })
  return url
}
