/** A tunnel's state as one of four shapes: what is, beside what is wanted. */
import type { TunnelView } from '../../../shared/ipc/views.ts'
import type { DotState } from '../../kit/state-dot.tsx'

export function dotOf({ state, isWanted }: Pick<TunnelView, 'state' | 'isWanted'>): DotState {
  if (!isWanted) return 'off'
  if (state === 'established') return 'connected'
  return state === 'needsUser' ? 'attention' : 'connecting'
}
