/** The user's settings: a small file of its own. One that cannot be understood is set aside, not overwritten. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type Settings, settings } from '../shared/ipc/views.ts'
import { readIfThere, writeWhole } from './atomic-file.ts'

export const usualSettings: Settings = {
  language: 'system',
  theme: 'system',
  startsAtLogin: false,
  notifies: true,
  updateChannel: 'latest',
  logLevel: 'info',
  secretStore: 'keychain',
}

export class SettingsFile {
  readonly #file: string
  #current: Settings

  constructor(folder: string) {
    this.#file = join(folder, 'settings.json')
    this.#current = this.#read()
  }

  get current(): Settings {
    return this.#current
  }

  change(change: Partial<Settings>): Settings {
    this.#current = { ...this.#current, ...change }
    writeWhole(this.#file, JSON.stringify(this.#current, undefined, 2))
    return this.#current
  }

  /** What an older version did not know yet has its usual value. */
  #read(): Settings {
    const text = readIfThere(this.#file)
    if (text === undefined) return usualSettings
    const object = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()))
    const parsed = v.safeParse(object, text)
    const complete = v.safeParse(settings, { ...usualSettings, ...(parsed.success ? parsed.output : {}) })
    if (parsed.success && complete.success) return complete.output
    renameSync(this.#file, `${this.#file}.broken`)
    return usualSettings
  }
}
