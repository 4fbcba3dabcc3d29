/** A change, applied to the state before it, gives the state after it, whatever the two are. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyChange, changeBetween } from '../../../shared/dashboard/change.ts'
import type { DashboardState } from '../../../shared/dashboard/state.ts'

const traffic = fc.record({
  requests: fc.nat(3),
  errors: fc.nat(1),
  receivedBytes: fc.nat(1),
  sentBytes: fc.nat(1),
  requestsPerSecond: fc.constantFrom(0, 0.5),
})
const tunnel = fc
  .tuple(
    traffic,
    fc.constantFrom('a', 'b', 'c', '__proto__'),
    fc.option(fc.constant('twin'), { nil: undefined }),
  )
  .map(([counts, name, agent]) => ({
    ...counts,
    ...{ name, state: 'offline' as const, isInFile: true, busy: 0, waiting: 0 },
    ...(agent === undefined ? {} : { agent }),
  }))
const state: fc.Arbitrary<DashboardState> = fc
  .tuple(traffic, fc.uniqueArray(tunnel, { selector: ({ name }) => name }), fc.nat(2))
  .map(([counts, tunnels, at]) => ({
    gateway: {
      version: '1',
      startedAt: 0,
      at,
      listeners: [],
      asksForToken: false,
      isStopping: false,
      maxSessions: 1,
    },
    ...{ traffic: counts, tunnels, tunnelsInAll: tunnels.length, connected: 0, bites: [], certificates: [] },
    balance: {
      ...{ file: 'balance.bin', condition: 'in-force' as const, takenAt: 0, entries: 0 },
      ...{ diagnostics: [], diagnosticsInAll: 0 },
    },
  }))

const inOrder = ({ tunnels, ...rest }: DashboardState) => ({
  ...rest,
  tunnels: tunnels.toSorted((a, b) => a.name.localeCompare(b.name)),
})

test('a change leads from any state to any other', () => {
  fc.assert(
    fc.property(state, state, (before, now) => {
      const change = JSON.parse(JSON.stringify(changeBetween(before, now))) as ReturnType<
        typeof changeBetween
      >
      expect(inOrder(applyChange(before, change))).toEqual(inOrder(now))
    }),
  )
})

test('a tunnel that did not change stays the same object', () => {
  fc.assert(
    fc.property(state, before => {
      const now = JSON.parse(JSON.stringify(before)) as DashboardState
      const change = changeBetween(before, now)
      expect(change).toEqual({ parts: {}, tunnels: [], gone: [] })
      const applied = applyChange(before, change)
      expect(applied.tunnels.every((one, i) => one === before.tunnels[i])).toBe(true)
    }),
  )
})
