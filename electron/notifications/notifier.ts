/** Shows the notices of `notices.ts` as the system's notifications. */
import { Notification } from 'electron'
import type { Destination, TunnelView } from '../../shared/ipc/views.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import type { Texts } from '../texts/en.ts'
import { noticeWords } from './notice-words.ts'
import { type Notice, nothingWatched, observe, type Watch, woken } from './notices.ts'

export interface NotifierOptions {
  readonly clock: Clock
  /** The user wants them. */
  isOn(): boolean
  texts(): Texts
  /** A click on one. */
  onClick(destination: Destination): void
}

export class Notifier {
  readonly #options: NotifierOptions
  #watch: Watch = nothingWatched
  #tunnels: readonly TunnelView[] = []
  #timer: Timer | undefined
  /** Those on the screen: one that is collected as garbage does not tell its click. */
  readonly #shown = new Set<Notification>()

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  look(tunnels: readonly TunnelView[]): void {
    const { clock, isOn } = this.#options
    this.#tunnels = tunnels
    const now = clock.now()
    const { watch, notices, nextAt } = observe(this.#watch, tunnels, now)
    this.#watch = watch
    this.#timer?.cancel()
    if (nextAt !== undefined) this.#timer = clock.after(nextAt - now, () => this.look(this.#tunnels))
    if (isOn()) for (const notice of notices) this.#show(notice)
  }

  woke(): void {
    this.#watch = woken(this.#watch, this.#options.clock.now())
    this.look(this.#tunnels)
  }

  close(): void {
    this.#timer?.cancel()
  }

  #show(notice: Notice): void {
    if (!Notification.isSupported()) return
    const shown = new Notification(noticeWords(notice, this.#options.texts()))
    const [only] = notice.tunnels
    shown.on('click', () =>
      this.#options.onClick(
        notice.tunnels.length === 1 && only !== undefined
          ? { page: 'tunnel', id: only.id }
          : { page: 'shared' },
      ),
    )
    shown.on('close', () => this.#shown.delete(shown))
    if (this.#shown.size < maxShown) this.#shown.add(shown)
    shown.show()
  }
}

/** Some systems never tell that one was closed. */
const maxShown = 20
