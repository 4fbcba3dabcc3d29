/**
 * What the gateway tells of the visitors of this tunnel (VISITS in docs/protocol.md, 3), in times of this computer's clock.
 * The agent carries bytes and knows no requests: only the gateway can say.
 */
import type { ControlFrame, SealedChannel, Welcome } from '../../net/seal/index.ts'
import type { ToldVisit } from '../../shared/protocol/visits.ts'
import type { Clock } from '../../shared/world.ts'

export interface HeardVisit extends Omit<ToldVisit, 'agoMs'> {
  /** When it was over, milliseconds since 1970. */
  readonly at: number
}

/** `leftOut`: how many before these were not told; `visits`: oldest first. */
export type OnVisits = (visits: readonly HeardVisit[], leftOut: number) => void

export class HeardVisits {
  /** The gateway said that it tells. */
  readonly isTold: boolean
  readonly #channel: SealedChannel
  readonly #clock: Clock
  readonly #onVisits: OnVisits | undefined

  constructor(
    channel: SealedChannel,
    { visits }: Pick<Welcome, 'visits'>,
    clock: Clock,
    onVisits: OnVisits | undefined,
  ) {
    this.isTold = onVisits !== undefined && visits === true
    this.#channel = channel
    this.#clock = clock
    this.#onVisits = onVisits
  }

  /** From a gateway that did not say so it is somebody else's extension. */
  hear(frame: ControlFrame): void {
    if (frame.type !== 'visits' || !this.isTold) return
    this.#channel.send({ type: 'seen' })
    const now = this.#clock.wall()
    const heard = frame.visits.map(({ agoMs, ...visit }) => ({ ...visit, at: now - agoMs }))
    this.#onVisits?.(heard, frame.leftOut)
  }
}
