/** How many there are now, for each key; keys without any are not kept. */
export class Counts {
  readonly #counts = new Map<string, number>()

  count(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  raise(key: string): void {
    this.#counts.set(key, this.count(key) + 1)
  }

  lower(key: string): void {
    const left = this.count(key) - 1
    if (left > 0) this.#counts.set(key, left)
    else this.#counts.delete(key)
  }
}
