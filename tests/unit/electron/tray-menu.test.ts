import { describe, expect, it } from 'vitest'
import { overallTip, tunnelLine } from '../../../electron/tray-menu.ts'

describe('the tray’s menu', () => {
  it('offers the address of a connected tunnel', () => {
    const url = 'https://gateway.example/~~homePC/'
    expect(tunnelLine({ tunnel: 'homePC', state: 'established', url })).toEqual({
      label: 'homePC: connected, click copies its address',
      copies: url,
    })
  })

  it('says why a tunnel is not up', () => {
    const message = 'The gateway did not accept the name or the password.'
    expect(tunnelLine({ tunnel: 'homePC', state: 'needsUser', code: 'password-refused', message })).toEqual({
      label: `homePC: needs your attention (${message})`,
    })
  })

  it.each([
    [[], 'Tildegate: nothing is shared'],
    [[{ tunnel: 'a', state: 'established' as const }], 'Tildegate: 1 of 1 connected'],
    [
      [
        { tunnel: 'a', state: 'established' as const },
        { tunnel: 'b', state: 'needsUser' as const },
      ],
      'Tildegate: 1 of 2 connected, needs your attention',
    ],
  ])('sums up %j', (states, tip) => {
    expect(overallTip(states)).toBe(tip)
  })
})
