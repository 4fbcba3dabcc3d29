/** What the tray's icon, tip and menu say of the tunnels. Pure: the tray hands it to Electron. */
import { filled } from '../../shared/filled.ts'
import type { EngineState, TunnelView } from '../../shared/ipc/views.ts'
import type { Texts } from '../texts/en.ts'

export interface TrayFacts {
  readonly tunnels: readonly TunnelView[]
  readonly engine: EngineState
  readonly startsAtLogin: boolean
}

/** Four that differ by shape, not only by colour. */
export type TrayIcon = 'connected' | 'connecting' | 'attention' | 'off'

export type TrayAction =
  | { readonly do: 'copy'; readonly id: string }
  | { readonly do: 'turn'; readonly id: string; readonly isOn: boolean }
  | { readonly do: 'open' }
  | { readonly do: 'startAtLogin'; readonly isOn: boolean }
  | { readonly do: 'quit' }

export type TrayLine =
  | { readonly kind: 'separator' }
  | {
      readonly kind: 'line'
      readonly label: string
      /** Absent: it only says something. */
      readonly action?: TrayAction
      /** Present: it has a tick, set or not. */
      readonly isTicked?: boolean
    }
  | { readonly kind: 'submenu'; readonly label: string; readonly lines: readonly TrayLine[] }

export function trayIcon({ tunnels, engine }: TrayFacts): TrayIcon {
  const wanted = tunnels.filter(tunnel => tunnel.isWanted)
  if (engine === 'restarting') return 'connecting'
  if (wanted.some(tunnel => tunnel.state === 'needsUser')) return 'attention'
  if (wanted.length === 0) return 'off'
  return wanted.every(tunnel => tunnel.state === 'established') ? 'connected' : 'connecting'
}

export function trayTip({ tunnels, engine }: TrayFacts, texts: Texts): string {
  if (engine === 'restarting') return texts.engineRestarting
  const wanted = tunnels.filter(tunnel => tunnel.isWanted)
  if (wanted.length === 0) return texts.tipNothing
  const connected = wanted.filter(tunnel => tunnel.state === 'established').length
  const needsUser = wanted.some(tunnel => tunnel.state === 'needsUser')
  return filled(needsUser ? texts.tipAttention : texts.tip, { connected, wanted: wanted.length })
}

export function trayMenu(facts: TrayFacts, texts: Texts): readonly TrayLine[] {
  const { tunnels, engine, startsAtLogin } = facts
  const separator: TrayLine = { kind: 'separator' }
  const says = (label: string): TrayLine => ({ kind: 'line', label })
  const copyLines = tunnels.filter(tunnel => tunnel.publicUrl !== undefined)
  return [
    ...(engine === 'restarting' ? [says(texts.engineRestarting)] : []),
    ...(tunnels.length === 0
      ? [says(texts.nothingShared)]
      : tunnels.map(tunnel => tunnelLine(tunnel, texts))),
    separator,
    ...(copyLines.length === 0
      ? []
      : [
          {
            kind: 'submenu',
            label: texts.copyAddress,
            lines: copyLines.map(
              ({ id, name }): TrayLine => ({ kind: 'line', label: name, action: { do: 'copy', id } }),
            ),
          } satisfies TrayLine,
        ]),
    ...(tunnels.length === 0
      ? []
      : [
          {
            kind: 'submenu',
            label: texts.turnOnOff,
            lines: tunnels.map(
              ({ id, name, isWanted }): TrayLine => ({
                kind: 'line',
                label: name,
                isTicked: isWanted,
                action: { do: 'turn', id, isOn: !isWanted },
              }),
            ),
          } satisfies TrayLine,
          separator,
        ]),
    { kind: 'line', label: texts.open, action: { do: 'open' } },
    {
      kind: 'line',
      label: texts.startAtLogin,
      isTicked: startsAtLogin,
      action: { do: 'startAtLogin', isOn: !startsAtLogin },
    },
    separator,
    { kind: 'line', label: texts.quit, action: { do: 'quit' } },
  ]
}

function tunnelLine({ id, name, state, isWanted, publicUrl }: TunnelView, texts: Texts): TrayLine {
  const words: Readonly<Record<TunnelView['state'], string>> = {
    idle: texts.stateOff,
    dialling: texts.stateConnecting,
    upgrading: texts.stateConnecting,
    proving: texts.stateConnecting,
    established: texts.stateConnected,
    waiting: texts.stateWaiting,
    needsUser: texts.stateAttention,
    stopped: texts.stateOff,
  }
  const label = `${name}: ${isWanted ? words[state] : texts.stateOff}`
  return publicUrl === undefined
    ? { kind: 'line', label }
    : { kind: 'line', label, action: { do: 'copy', id } }
}
