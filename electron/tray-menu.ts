/** What the tray's menu says of each tunnel. Pure: the main process hands it to Electron. */
import type { TunnelState } from '../agent/index.ts'

export interface MenuLine {
  readonly label: string
  /** Absent: the line cannot be clicked. */
  readonly copies?: string
}

const words: Readonly<Record<TunnelState['state'], string>> = {
  idle: 'off',
  dialling: 'connecting…',
  upgrading: 'connecting…',
  proving: 'connecting…',
  established: 'connected',
  waiting: 'waits to try again',
  needsUser: 'needs your attention',
  stopped: 'off',
}

export function tunnelLine(state: TunnelState): MenuLine {
  const reason = state.state === 'established' ? undefined : state.message
  const label = `${state.tunnel}: ${words[state.state]}${reason === undefined ? '' : ` (${reason})`}`
  return state.url === undefined
    ? { label }
    : { label: `${label}, click copies its address`, copies: state.url }
}

export function overallTip(states: readonly TunnelState[]): string {
  if (states.length === 0) return 'Tildegate: nothing is shared'
  const connected = states.filter(state => state.state === 'established').length
  const troubled = states.some(state => state.state === 'needsUser')
  return `Tildegate: ${connected} of ${states.length} connected${troubled ? ', needs your attention' : ''}`
}
