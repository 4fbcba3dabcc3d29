/** Shows what `notices.ts` tells and `gathering.ts` gathers as the system's notifications. */
import { Notification } from 'electron'
import type { Destination, TunnelView } from '../../shared/ipc/views.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import type { Spoken } from '../texts/texts.ts'
import { type Gathering, gather, type Notice, nothingGathered, release } from './gathering.ts'
import { noticeWords } from './notice-words.ts'
import { isReturnAwaited, nothingWatched, noticeLimits, observe, type Watch, woken } from './notices.ts'

export interface NotifierOptions {
  readonly clock: Clock
  /** The user wants them. */
  isOn(): boolean
  spoken(): Spoken
  /** A click on one. */
  onClick(destination: Destination): void
}

export class Notifier {
  readonly #options: NotifierOptions
  #watch: Watch = nothingWatched
  #gathering: Gathering = nothingGathered
  #tunnels: readonly TunnelView[] = []
  #timer: Timer | undefined
  #nextAt = Number.POSITIVE_INFINITY
  /** Those on the screen: one that is collected as garbage does not tell its click. */
  readonly #shown = new Set<Notification>()

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  look(tunnels: readonly TunnelView[]): void {
    const { clock, isOn } = this.#options
    this.#tunnels = tunnels
    const now = clock.now()
    // Some systems count the sleep, and their timers end before they say that they woke up.
    const hasSlept = now - this.#nextAt > noticeLimits.lateMs
    const observed = observe(hasSlept ? woken(this.#watch, now) : this.#watch, tunnels, now)
    this.#watch = observed.watch
    const gathered = gather(this.#gathering, observed.told, tunnels, now)
    const { gathering, notices, nextAt } = release(gathered, isReturnAwaited(observed.watch), now)
    this.#gathering = gathering
    this.#lookAgainAt(Math.min(...[observed.nextAt, nextAt].filter(at => at !== undefined)))
    if (isOn()) for (const notice of notices) this.#show(notice)
  }

  #lookAgainAt(at: number): void {
    this.#timer?.cancel()
    this.#nextAt = at
    if (!Number.isFinite(at)) return
    const { clock } = this.#options
    this.#timer = clock.after(at - clock.now(), () => this.look(this.#tunnels))
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
    const shown = new Notification(noticeWords(notice, this.#options.spoken()))
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
