/** What has happened, for the Activity window: the latest in memory, and over restarts in a file of one line an event. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type ActivityEvent, activityEvent } from '../../../shared/ipc/views.ts'
import { readIfThere, writeWhole } from '../../atomic-file.ts'

const maxEvents = 1_000
/** The file may hold this many times more before it is written anew. */
const slack = 2

const line = v.pipe(v.string(), v.parseJson(), activityEvent)

export class ActivityLog {
  readonly #file: string
  readonly #onEvent: (event: ActivityEvent) => void
  #events: ActivityEvent[]
  #lines: number

  /** Lines that cannot be understood are left out. */
  constructor(folder: string, onEvent: (event: ActivityEvent) => void) {
    this.#file = join(folder, 'activity.jsonl')
    this.#onEvent = onEvent
    const lines = (readIfThere(this.#file) ?? '').split('\n').filter(text => text !== '')
    this.#lines = lines.length
    this.#events = lines.flatMap(text => {
      const parsed = v.safeParse(line, text)
      return parsed.success ? [parsed.output] : []
    })
    this.#events = this.#events.slice(-maxEvents)
  }

  list(): readonly ActivityEvent[] {
    return this.#events
  }

  add(event: ActivityEvent): void {
    this.#events = [...this.#events, event].slice(-maxEvents)
    this.#keep(event)
    this.#onEvent(event)
  }

  /** A disk that takes nothing more must not stop a tunnel: the event is then in memory only. */
  #keep(event: ActivityEvent): void {
    try {
      if (this.#lines < maxEvents * slack) {
        appendFileSync(this.#file, `${JSON.stringify(event)}\n`, { mode: 0o600 })
        this.#lines += 1
      } else {
        writeWhole(this.#file, this.#events.map(kept => `${JSON.stringify(kept)}\n`).join(''))
        this.#lines = this.#events.length
      }
    } catch {
      this.#lines = maxEvents * slack
    }
  }
}
