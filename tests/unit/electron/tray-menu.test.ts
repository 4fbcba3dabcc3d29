import { describe, expect, it } from 'vitest'
import { en } from '../../../electron/texts/en.ts'
import {
  type TrayFacts,
  type TrayLine,
  trayIcon,
  trayMenu,
  trayTip,
} from '../../../electron/tray/tray-menu.ts'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { tunnelViewTwin as view } from '../../support/tunnel-view-twin.ts'

const facts = (...tunnels: TunnelView[]): TrayFacts => ({ tunnels, engine: 'running', startsAtLogin: false })
const labels = (lines: readonly TrayLine[]): string[] =>
  lines.map(line => (line.kind === 'separator' ? '-' : line.label))

describe('the tray', () => {
  it('has an icon for each state, and what needs the user wins', () => {
    expect(trayIcon(facts(view()))).toBe('connected')
    expect(trayIcon(facts(view(), view({ state: 'waiting' })))).toBe('connecting')
    expect(trayIcon(facts(view({ state: 'waiting' }), view({ state: 'needsUser' })))).toBe('attention')
    expect(trayIcon(facts(view({ isWanted: false, state: 'stopped' })))).toBe('off')
    expect(trayIcon(facts())).toBe('off')
  })

  it('counts only what the user wants', () => {
    expect(trayTip(facts(view(), view({ isWanted: false, state: 'stopped' })), en)).toBe(
      'Tildegate: 1 of 1 connected',
    )
    expect(trayTip(facts(), en)).toBe('Tildegate: nothing is shared')
  })

  it('has a line for each tunnel, a click on which copies its address', () => {
    const [line] = trayMenu(facts(view()), en)
    expect(line).toEqual({
      kind: 'line',
      label: 'home: connected',
      action: { do: 'copy', id: 'home@gw.example:443' },
    })
  })

  it('only says a tunnel whose address is not known yet', () => {
    const { publicUrl: _, ...unknown } = view({ state: 'dialling' })
    expect(trayMenu(facts(unknown), en)[0]).toEqual({ kind: 'line', label: 'home: connecting…' })
  })

  it('offers to turn each tunnel the other way', () => {
    const menu = trayMenu(facts(view({ isWanted: false, state: 'stopped' })), en)
    const turning = menu.find(line => line.kind === 'submenu' && line.label === 'Turn on/off')
    expect(turning).toMatchObject({ lines: [{ isTicked: false, action: { do: 'turn', isOn: true } }] })
  })

  it('says so while the engine is being restarted', () => {
    const restarting: TrayFacts = { ...facts(view()), engine: 'restarting' }
    expect(trayTip(restarting, en)).toBe('The tunnels are being restarted…')
    expect(labels(trayMenu(restarting, en))[0]).toBe('The tunnels are being restarted…')
  })
})
