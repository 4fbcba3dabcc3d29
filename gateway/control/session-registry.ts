/** The live sessions, one for each name. Replaceable on purpose: a cluster would keep them elsewhere. */
import type { GatewaySession } from './gateway-session.ts'

export class SessionRegistry {
  readonly #sessions = new Map<string, GatewaySession>()
  readonly #max: number
  readonly #registered: (name: string) => void

  constructor(max: number, registered: (name: string) => void = () => {}) {
    this.#max = max
    this.#registered = registered
  }

  find(name: string): GatewaySession | undefined {
    return this.#sessions.get(name)
  }

  get size(): number {
    return this.#sessions.size
  }

  get isFull(): boolean {
    return this.#sessions.size >= this.#max
  }

  all(): GatewaySession[] {
    return [...this.#sessions.values()]
  }

  /** The name must be free, or be held by the session that this one replaces. It is freed when the session has ended. */
  register(session: GatewaySession): void {
    this.#sessions.set(session.name, session)
    this.#registered(session.name)
    void session.ended.then(() => {
      if (this.#sessions.get(session.name) === session) this.#sessions.delete(session.name)
    })
  }
}
