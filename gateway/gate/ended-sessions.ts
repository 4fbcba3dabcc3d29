/** Sessions that were logged out before their time: a copy of their cookie is of no use. Bounded; the oldest is forgotten first. */
export class EndedSessions {
  readonly #max: number
  readonly #ids = new Set<string>()

  constructor(max: number) {
    this.#max = max
  }

  add(id: string): void {
    this.#ids.add(id)
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#max) break
      this.#ids.delete(oldest)
    }
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }
}
