/** The connection test that the window has asked for last: its stations as they light up. */
import { create } from 'zustand'
import type { RouteProgress } from '../../../shared/ipc/views.ts'
import type { RouteReport, Station } from '../../../shared/route-report.ts'
import type { AppClient } from '../client.ts'

export interface RouteTestState {
  readonly run?: number
  /** Undefined before the first test. */
  readonly stations?: readonly Station[]
  /** The one that is being passed. */
  readonly activeId?: string
  readonly report?: RouteReport
  readonly isRunning: boolean
}

const nothing: RouteTestState = { isRunning: false }

export const useRouteTest = create<RouteTestState>(() => nothing)

/** What came before the call that started the run has given its number. */
let early: RouteProgress[] = []
let isFollowed = false

export type RouteTestSubject = Parameters<AppClient['routeTest']['start']>[0]

export async function startRouteTest(client: AppClient, subject: RouteTestSubject): Promise<void> {
  if (!isFollowed) client.routeTest.progress(take)
  isFollowed = true
  early = []
  useRouteTest.setState({ isRunning: true }, true)
  try {
    const run = await client.routeTest.start(subject)
    useRouteTest.setState({ run })
    for (const progress of early) take(progress)
  } catch (error) {
    useRouteTest.setState(nothing, true)
    throw error
  }
}

/** Forgets the test; one that runs is stopped. */
export async function endRouteTest(client: AppClient): Promise<void> {
  const { run, isRunning } = useRouteTest.getState()
  useRouteTest.setState(nothing, true)
  if (isRunning && run !== undefined) await client.routeTest.stop({ run })
}

function take(progress: RouteProgress): void {
  const { run, isRunning } = useRouteTest.getState()
  if (run === undefined) {
    if (isRunning) early.push(progress)
    return
  }
  if (progress.run === run) useRouteTest.setState(state => after(state, progress.event), true)
}

function after(state: RouteTestState, event: RouteProgress['event']): RouteTestState {
  const { activeId: _, ...rest } = state
  switch (event.kind) {
    case 'planned':
      return { ...state, stations: event.stations }
    case 'begun':
      return { ...state, activeId: event.id }
    case 'settled':
      return {
        ...rest,
        stations: (state.stations ?? []).map(station =>
          station.id === event.station.id ? event.station : station,
        ),
      }
    case 'finished':
      return { ...rest, stations: event.report.stations, report: event.report, isRunning: false }
    case 'stopped':
      return { ...rest, isRunning: false }
  }
}
