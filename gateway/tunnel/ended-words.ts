/**
 * The agent's word, told over the control connection, whether the target ended the stream of a back-connection
 * in order. A body that only the end of its stream delimits is whole only with that word.
 */
import type { Clock } from '../../shared/world.ts'

interface Word {
  isInOrder: boolean | undefined
  /** Those who ask before it is told. */
  readonly asking: Set<(isInOrder: boolean) => void>
}

export class EndedWords {
  readonly #clock: Clock
  readonly #waitMs: number
  readonly #words = new Map<string, Word>()
  #isOver = false

  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock
    this.#waitMs = waitMs
  }

  /** A back-connection begins, named by the hex of its ticket's id. */
  expect(key: string): void {
    this.#words.set(key, { isInOrder: undefined, asking: new Set() })
  }

  /** For a back-connection that is not known (any more) it means nothing. */
  tell(key: string, isInOrder: boolean): void {
    const word = this.#words.get(key)
    if (word === undefined || word.isInOrder !== undefined) return
    word.isInOrder = isInOrder
    for (const answer of word.asking) answer(isInOrder)
  }

  /** False where nobody says so in time. */
  ask(key: string): Promise<boolean> {
    const word = this.#words.get(key)
    if (word?.isInOrder !== undefined) return Promise.resolve(word.isInOrder)
    if (word === undefined || this.#isOver) return Promise.resolve(false)
    return new Promise(resolve => {
      const answer = (isInOrder: boolean) => {
        timer.cancel()
        word.asking.delete(answer)
        resolve(isInOrder)
      }
      const timer = this.#clock.after(this.#waitMs, () => answer(false))
      word.asking.add(answer)
    })
  }

  /** The back-connection is closed; its word may still come for a moment. */
  forgetSoon(key: string): void {
    if (this.#isOver) this.#words.delete(key)
    else this.#clock.after(this.#waitMs, () => this.#words.delete(key))
  }

  /** The session ended: no word comes any more. */
  end(): void {
    this.#isOver = true
    for (const word of this.#words.values()) for (const answer of [...word.asking]) answer(false)
  }
}
