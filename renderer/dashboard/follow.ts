/**
 * Listens to the gateway, again and again: to its events, for the tunnel that is shown. Finds out why it does not tell, waits longer
 * each time, and takes a line on which nothing comes for a lost one.
 */
import type { DashboardChange } from '../../shared/dashboard/change.ts'
import type { DashboardState, VisitView } from '../../shared/dashboard/state.ts'
import { eventsAddress, statusNow } from './gateway-client.ts'
import { forgetGateway, linkIs, tookChange, tookState, tookVisits, useGateway } from './stores/gateway.ts'
import { onPlace, shownTunnel } from './stores/place.ts'

/** It tells something every second. */
const silentMs = 10_000
const firstWaitMs = 1_000
const longestWaitMs = 10_000

let source: EventSource | undefined
let again: ReturnType<typeof setTimeout> | undefined
let lastHeard = 0
let waitMs = firstWaitMs
/** Since the last time it told: it answers, but not to this. */
let refusals = 0

/** Once, at the page's start. */
export function followGateway(): void {
  onPlace(listen)
  setInterval(() => {
    if (source !== undefined && Date.now() - lastHeard > silentMs) void failed()
  }, 1_000)
  listen()
}

/** At once, with what is shown now: after a login, and when another tunnel is shown. */
export function listen(): void {
  stop()
  const tunnel = shownTunnel()
  tookVisits(undefined)
  lastHeard = Date.now()
  const events = new EventSource(eventsAddress(tunnel))
  source = events
  const on = <T>(name: string, take: (data: T) => void) =>
    events.addEventListener(name, (event: MessageEvent<string>) => {
      lastHeard = Date.now()
      waitMs = firstWaitMs
      refusals = 0
      take(JSON.parse(event.data) as T)
    })
  on<DashboardState>('state', state => {
    // Another version of the gateway has another version of this page.
    const known = useGateway.getState().state?.gateway.version
    if (known !== undefined && known !== state.gateway.version) location.reload()
    else tookState(state)
  })
  on<DashboardChange>('change', tookChange)
  on<VisitView[]>('visits', tookVisits)
  events.addEventListener('error', () => void failed())
}

function stop(): void {
  source?.close()
  source = undefined
  clearTimeout(again)
}

/** The browser says only that it failed. */
async function failed(): Promise<void> {
  stop()
  const status = await statusNow()
  // Meanwhile somebody may have logged in, or gone to another tunnel.
  if (source !== undefined) return
  if (status === 401) {
    forgetGateway()
    return
  }
  refusals = status === 200 ? refusals + 1 : 0
  linkIs(refusals > 1 ? 'crowded' : 'lost')
  clearTimeout(again)
  again = setTimeout(listen, waitMs)
  waitMs = Math.min(longestWaitMs, waitMs * 2)
}
