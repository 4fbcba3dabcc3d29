/** What the app knows of tunnels besides backbalance.bin, whose format has no word for it: switched off, and what the user calls them. */
import { join } from 'node:path'
import * as v from 'valibot'
import { readIfThere, writeWhole } from '../atomic-file.ts'

const notes = v.object({
  switchedOff: v.array(v.string()),
  titles: v.optional(v.record(v.string(), v.string()), {}),
})
const text = v.pipe(v.string(), v.parseJson(), notes)

export class TunnelNotes {
  readonly #file: string
  readonly #off: Set<string>
  readonly #titles: Map<string, string>

  /** A file that cannot be read counts as empty: all that is in backbalance.bin is then on, as without the app. */
  constructor(folder: string) {
    this.#file = join(folder, 'tunnels.json')
    const parsed = v.safeParse(text, readIfThere(this.#file))
    const { switchedOff, titles } = parsed.success ? parsed.output : { switchedOff: [], titles: {} }
    this.#off = new Set(switchedOff)
    this.#titles = new Map(Object.entries(titles))
  }

  isOff(id: string): boolean {
    return this.#off.has(id)
  }

  titleOf(id: string): string | undefined {
    return this.#titles.get(id)
  }

  setOff(id: string, isOff: boolean): void {
    if (isOff === this.#off.has(id)) return
    if (isOff) this.#off.add(id)
    else this.#off.delete(id)
    this.#keep()
  }

  setTitle(id: string, title: string | undefined): void {
    if (title === this.#titles.get(id)) return
    if (title === undefined) this.#titles.delete(id)
    else this.#titles.set(id, title)
    this.#keep()
  }

  forget(id: string): void {
    this.setOff(id, false)
    this.setTitle(id, undefined)
  }

  #keep(): void {
    const kept = { switchedOff: [...this.#off], titles: Object.fromEntries(this.#titles) }
    writeWhole(this.#file, JSON.stringify(kept, undefined, 2))
  }
}
