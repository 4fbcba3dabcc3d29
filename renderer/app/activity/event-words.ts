/** An event in words: "homePC: connected again after 2 min". */
import type { TFunction } from 'i18next'
import type { ActivityEvent } from '../../../shared/ipc/views.ts'
import { errorWords } from '../../../shared/words/words.ts'
import { wordsIn } from '../../i18n/words.ts'
import { durationWords } from '../../kit/times.ts'

export function eventWords({ kind, awayMs, problem }: ActivityEvent, t: TFunction, language: string): string {
  if (kind === 'connected' && awayMs !== undefined)
    return t('activity.connectedAgain', { duration: durationWords(awayMs, language) })
  const words = t(`activity.${kind}`)
  return problem === undefined ? words : `${words}: ${errorWords(problem, wordsIn(language)).message}`
}

/** What the user may want to see alone. */
export const eventGroups = {
  connections: ['connected', 'lost'],
  problems: ['failed', 'needsUser'],
  changes: ['turnedOn', 'turnedOff', 'added', 'removed', 'fileTaken'],
  computer: ['woke', 'networkChanged', 'engineStarted'],
} as const satisfies Readonly<Record<string, readonly ActivityEvent['kind'][]>>
export type EventGroup = keyof typeof eventGroups

export interface EventFilter {
  readonly tunnel: string | undefined
  readonly group: EventGroup | undefined
}

/** The newest first. What is about this PC as a whole belongs to no tunnel. */
export function filteredEvents(events: readonly ActivityEvent[], filter: EventFilter): ActivityEvent[] {
  const kinds: readonly string[] | undefined = filter.group && eventGroups[filter.group]
  return events
    .filter(
      ({ kind, tunnel }) =>
        (filter.tunnel === undefined || tunnel?.id === filter.tunnel) && (kinds?.includes(kind) ?? true),
    )
    .toReversed()
}

/** A line an event, for a file or a letter to support. Nothing here knows a secret. */
export function eventsAsText(events: readonly ActivityEvent[], t: TFunction, language: string): string {
  const lines = events.map(event =>
    [new Date(event.at).toISOString(), event.tunnel?.name ?? '-', eventWords(event, t, language)].join('\t'),
  )
  return `${lines.join('\n')}\n`
}
