/**
 * Open dashboards, told by server-sent events what changed: the whole state first, then changes at most once a second. Looks only while
 * somebody does. A dashboard that falls behind is told the whole anew when it reads again; one that never does is left.
 */
import type { ServerResponse } from 'node:http'
import { changeBetween } from '../../shared/dashboard/change.ts'
import type { DashboardState, VisitView } from '../../shared/dashboard/state.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import type { LimitReports } from '../control/limit-reports.ts'
import { headersWith } from './reply.ts'

const everyMs = 1_000

export interface StreamParts {
  readonly clock: Clock
  readonly maxStreams: number
  readonly stalledMs: number
  readonly reports: LimitReports
  state(): DashboardState
  visits(tunnel: string): readonly VisitView[]
  /** The state could not be told. */
  failed(cause: unknown): void
}

interface Stream {
  readonly response: ServerResponse
  /** Whose last requests are to be told. */
  readonly tunnel: string | undefined
  /** As they were told. */
  visits: string
  /** It could not take a change, and so must have the whole. */
  isBehind: boolean
  stalledSince: number | undefined
  isAllowed(): boolean
}

export class LiveStreams {
  readonly #parts: StreamParts
  readonly #streams = new Set<Stream>()
  #told: DashboardState | undefined
  #timer: Timer | undefined
  #isOver = false

  constructor(parts: StreamParts) {
    this.#parts = parts
  }

  /** False: there are too many. */
  mayOpen(address: string): boolean {
    const { maxStreams, reports } = this.#parts
    if (this.#streams.size < maxStreams) return !this.#isOver
    reports.exceeded('dashboard-streams', address, 'too many dashboards are open')
    return false
  }

  /** Takes the response over. @param isAllowed asked again and again: a login may end */
  open(response: ServerResponse, tunnel: string | undefined, isAllowed: () => boolean): void {
    if (this.#timer === undefined) this.#told = this.#parts.state()
    const stream: Stream = {
      ...{ response, tunnel, isAllowed },
      visits: '',
      isBehind: true,
      stalledSince: undefined,
    }
    this.#streams.add(stream)
    response.on('error', () => {})
    response.once('close', () => this.#left(stream))
    // A front proxy must not keep events back.
    response.writeHead(200, headersWith({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }))
    this.#tell(stream, undefined)
    this.#timer ??= this.#parts.clock.after(everyMs, () => this.#again())
  }

  /** All end. Idempotent. */
  close(): void {
    this.#isOver = true
    for (const { response } of this.#streams) response.end()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #again(): void {
    this.#timer = undefined
    try {
      this.#tellAll()
    } catch (cause) {
      // Looking on must never bring the gateway down. They come again by themselves.
      this.#parts.failed(cause)
      for (const { response } of this.#streams) response.end()
      return
    }
    if (this.#streams.size > 0) this.#timer = this.#parts.clock.after(everyMs, () => this.#again())
  }

  #tellAll(): void {
    const before = this.#told
    const now = this.#parts.state()
    const change = before === undefined ? undefined : changeBetween(before, now)
    this.#told = now
    const event = change === undefined ? undefined : eventOf('change', change)
    for (const stream of this.#streams) {
      if (!stream.isAllowed()) stream.response.end()
      else if (this.#canTake(stream)) this.#tell(stream, event)
    }
  }

  #canTake(stream: Stream): boolean {
    if (!stream.response.writableNeedDrain) {
      stream.stalledSince = undefined
      return true
    }
    stream.isBehind = true
    stream.stalledSince ??= this.#parts.clock.now()
    if (this.#parts.clock.now() - stream.stalledSince >= this.#parts.stalledMs) stream.response.destroy()
    return false
  }

  #tell(stream: Stream, change: string | undefined): void {
    const { response, tunnel } = stream
    if (!stream.isBehind && change !== undefined) response.write(change)
    else if (this.#told !== undefined) response.write(eventOf('state', this.#told))
    stream.isBehind = false
    if (tunnel === undefined) return
    const visits = eventOf('visits', this.#parts.visits(tunnel))
    if (visits === stream.visits) return
    stream.visits = visits
    response.write(visits)
  }

  #left(stream: Stream): void {
    this.#streams.delete(stream)
    if (this.#streams.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#told = undefined
  }
}

/** JSON has no line breaks, which would end the event. */
function eventOf(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
