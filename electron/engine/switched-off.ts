/** Which tunnels the user has switched off: kept beside backbalance.bin, whose format has no word for it. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'

const text = v.pipe(v.string(), v.parseJson(), v.object({ switchedOff: v.array(v.string()) }))

export class SwitchedOff {
  readonly #file: string
  readonly #ids: Set<string>

  /** A file that cannot be read counts as empty: all that is in backbalance.bin is then on, as without the app. */
  constructor(folder: string) {
    this.#file = join(folder, 'tunnels.json')
    this.#ids = new Set(read(this.#file))
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  set(id: string, isOff: boolean): void {
    if (isOff === this.#ids.has(id)) return
    if (isOff) this.#ids.add(id)
    else this.#ids.delete(id)
    const next = `${this.#file}.new`
    writeFileSync(next, JSON.stringify({ switchedOff: [...this.#ids] }, undefined, 2), { mode: 0o600 })
    renameSync(next, this.#file)
  }
}

function read(file: string): readonly string[] {
  try {
    return v.parse(text, readFileSync(file, 'utf8')).switchedOff
  } catch {
    return []
  }
}
