/** How a tunnel is, in words and as a dot. */
import type { TFunction } from 'i18next'
import type { TunnelView } from '../../../shared/dashboard/state.ts'
import type { DotState } from '../../kit/state-dot.tsx'

export function dotOf({ state, isInFile }: TunnelView): DotState {
  if (state === 'offline') return 'off'
  return isInFile ? 'connected' : 'attention'
}

export function stateWords({ state, isInFile }: TunnelView, t: TFunction<'dashboard'>): string {
  return state === 'connected' && !isInFile ? t('tunnels.notInFile') : t(`tunnels.state_${state}`)
}
