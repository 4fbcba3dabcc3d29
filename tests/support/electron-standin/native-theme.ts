/** nativeTheme: what the system has chosen, what the app says instead, and the colour scheme that every window's page has of both. */
import { EventEmitter } from 'node:events'

const sources = ['system', 'light', 'dark'] as const
type Source = (typeof sources)[number]
export type ColorScheme = 'light' | 'dark'

export class NativeThemeTwin extends EventEmitter {
  #system: ColorScheme
  #source: Source = 'system'

  constructor(system: ColorScheme) {
    super()
    this.#system = system
  }

  get themeSource(): Source {
    return this.#source
  }

  set themeSource(source: Source) {
    if (!sources.includes(source)) throw new TypeError(`Error converting value: ${String(source)}`)
    this.#change(() => {
      this.#source = source
    })
  }

  get shouldUseDarkColors(): boolean {
    return (this.#source === 'system' ? this.#system : this.#source) === 'dark'
  }

  /** The user chooses it in the system's settings. */
  systemBecomes(scheme: ColorScheme): void {
    this.#change(() => {
      this.#system = scheme
    })
  }

  #change(make: () => void): void {
    const before = this.shouldUseDarkColors
    make()
    if (this.shouldUseDarkColors !== before) this.emit('updated')
  }
}
