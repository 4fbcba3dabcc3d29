/** The stations of one test: their order, which one is under way, how each came out. Tells of every change. */
import { TildegateError } from '../../shared/errors.ts'
import type { RouteEvent, Station, StationDetail, StationState } from '../../shared/route-report.ts'
import type { Clock } from '../../shared/world.ts'

const badness = { pending: 0, skipped: 1, ok: 1, warning: 2, failed: 3 } as const satisfies Record<
  StationState,
  number
>

export class Stations {
  readonly #clock: Clock
  readonly #onEvent: (event: RouteEvent) => void
  #list: readonly Station[] = []
  #current: string | undefined
  /** When each was begun first: a login that dials anew has taken all that time. */
  readonly #begunAt = new Map<string, number>()

  constructor(clock: Clock, onEvent: (event: RouteEvent) => void) {
    this.#clock = clock
    this.#onEvent = onEvent
  }

  get all(): readonly Station[] {
    return this.#list
  }

  get current(): string | undefined {
    return this.#current
  }

  get hasFailed(): boolean {
    return this.#list.some(({ state }) => state === 'failed')
  }

  find(id: string): Station | undefined {
    return this.#list.find(station => station.id === id)
  }

  /** Those that were settled already, with the same label, stay so. */
  plan(list: readonly Station[]): void {
    this.#list = list.map(planned => {
      const before = this.find(planned.id)
      const isSame = before?.label === planned.label
      if (!isSame) this.#begunAt.delete(planned.id)
      return isSame ? before : planned
    })
    this.#onEvent({ kind: 'planned', stations: [...this.#list] })
  }

  /** One that is settled as good is passed again without a word. */
  begin(id: string): void {
    this.#current = id
    if (this.find(id)?.state !== 'pending') return
    if (this.#begunAt.has(id)) return
    this.#begunAt.set(id, this.#clock.now())
    this.#onEvent({ kind: 'begun', id })
  }

  /** One that was settled can only become worse. */
  settle(id: string, state: StationState, detail: StationDetail = {}, error?: TildegateError): void {
    if (this.#current === id) this.#current = undefined
    const before = this.find(id)
    if (before === undefined || badness[state] <= badness[before.state]) return
    const begunAt = this.#begunAt.get(id)
    const settled: Station = {
      ...before,
      state,
      detail: { ...before.detail, ...detail },
      ...(begunAt === undefined ? {} : { ms: Math.round((this.#clock.now() - begunAt) * 10) / 10 }),
      ...wordsOf(error),
    }
    this.#list = this.#list.map(station => (station.id === id ? settled : station))
    this.#onEvent({ kind: 'settled', station: settled })
  }

  /** What stands before it and was not passed is skipped first: a password that is missing ends the test before it begins. */
  fail(id: string, cause: unknown): void {
    for (const { id: before, state } of this.#list) {
      if (before === id) break
      if (state === 'pending') this.settle(before, 'skipped')
    }
    const error = cause instanceof TildegateError ? cause : new TildegateError('internal', {}, { cause })
    const reason = reasonOf(error) ?? reasonOf(error.cause)
    this.settle(id, 'failed', reason === undefined ? {} : { reason }, error)
  }

  /** Those that are pending, but for one. */
  skipAllBut(id: string): void {
    for (const station of this.#list)
      if (station.state === 'pending' && station.id !== id) this.settle(station.id, 'skipped')
  }
}

function reasonOf(error: unknown): string | undefined {
  const reason = error instanceof TildegateError ? error.details['reason'] : undefined
  return typeof reason === 'string' && reason !== '' ? reason : undefined
}

function wordsOf(error: TildegateError | undefined): Partial<Station> {
  if (error === undefined) return {}
  const { code, message, mend, details } = error
  return { code, message, mend, ...(Object.keys(details).length === 0 ? {} : { details }) }
}
