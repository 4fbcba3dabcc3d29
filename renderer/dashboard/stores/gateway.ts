/** The gateway as it last told of itself, and whether it still tells. */
import { create } from 'zustand'
import { applyChange, type DashboardChange } from '../../../shared/dashboard/change.ts'
import type { DashboardState, VisitView } from '../../../shared/dashboard/state.ts'

/** `crowded`: it lets no further dashboard in. `login`: it asks for the token. */
export type Link = 'connecting' | 'live' | 'lost' | 'crowded' | 'login'

interface GatewayStore {
  readonly link: Link
  readonly state: DashboardState | undefined
  /** Of the tunnel that is shown, newest first; undefined: not told yet. */
  readonly visits: readonly VisitView[] | undefined
  /** Requests per second, one value for each time it told. */
  readonly rates: readonly number[]
}

const keptRates = 60

const nothing = { state: undefined, visits: undefined, rates: [] }

export const useGateway = create<GatewayStore>(() => ({ link: 'connecting', ...nothing }))

export function linkIs(link: Link): void {
  useGateway.setState({ link })
}

export function tookState(state: DashboardState): void {
  useGateway.setState(before => ({ link: 'live', state, rates: withRate(before.rates, state) }))
}

export function tookChange(change: DashboardChange): void {
  useGateway.setState(before => {
    if (before.state === undefined) return before
    const state = applyChange(before.state, change)
    return { link: 'live', state, rates: withRate(before.rates, state) }
  })
}

export function tookVisits(visits: readonly VisitView[] | undefined): void {
  useGateway.setState({ visits })
}

/** Nothing of it is kept on the page of somebody who has logged out. */
export function forgetGateway(): void {
  useGateway.setState({ link: 'login', ...nothing })
}

function withRate(rates: readonly number[], { traffic }: DashboardState): readonly number[] {
  return [...rates.slice(1 - keptRates), traffic.requestsPerSecond]
}
