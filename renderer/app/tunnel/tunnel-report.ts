/** What helps whoever is asked for help, as text. Views hold no secret, so nothing here can. */
import type { TFunction } from 'i18next'
import type { ActivityEvent, TunnelView } from '../../../shared/ipc/views.ts'
import { eventsAsText } from '../activity/event-words.ts'

export function tunnelReport(
  tunnel: TunnelView,
  events: readonly ActivityEvent[],
  t: TFunction,
  language: string,
): string {
  const { name, gateway, proxies, state, isWanted, outer, problem, roundTripMs } = tunnel
  const lines = [
    `/~~${name} ${gateway}`,
    ...proxies.map(({ kind, address = '', login }, i) => {
      const account = login === undefined ? '' : ` ${login.scheme}`
      return `proxy ${i + 1}: ${kind} ${address}${account}`
    }),
    `state: ${state}, wanted: ${isWanted ? 'on' : 'off'}, outer: ${outer ?? '-'}, round trip: ${roundTripMs ?? '-'} ms`,
    ...(problem === undefined ? [] : [`${problem.code}: ${problem.message} ${problem.mend}`]),
  ]
  return `${lines.join('\n')}\n\n${eventsAsText(events, t, language)}`
}
