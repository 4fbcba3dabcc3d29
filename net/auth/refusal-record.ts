/**
 * How often logins have been refused. The guard asks it before a login that is not known to be right; this one forgets with the
 * process, another may keep it beyond (agent/refused-logins.ts).
 */
import { createHmac } from 'node:crypto'
import type { Random } from '../../shared/world.ts'
import type { ResolvedLogin } from './authenticator.ts'

export const maxRefusals = 2
const maxRemembered = 1024

/** One try of a login. The first outcome counts; what comes later changes nothing. */
export interface LoginTry {
  accepted(): Promise<void>
  refused(): Promise<void>
  /** It came to nothing: the password was not judged. */
  end(): Promise<void>
}

export interface RefusalRecord {
  /** Refused so often that it must not be tried again until it changes. */
  isGivenUp(hop: string, login: ResolvedLogin): Promise<boolean>
  /** @returns undefined where it is given up */
  begin(hop: string, login: ResolvedLogin): Promise<LoginTry | undefined>
}

/** Names a login without giving it away, within this process. */
export class LoginNames {
  readonly #key: Uint8Array

  constructor(random: Random) {
    this.#key = random.bytes(32)
  }

  of(hop: string, { scheme, domain = '', user, password }: ResolvedLogin): string {
    return password.use(bytes =>
      createHmac('sha256', this.#key)
        .update(JSON.stringify([hop, scheme, domain, user]))
        .update(bytes)
        .digest('base64'),
    )
  }
}

export class MemoryRefusals implements RefusalRecord {
  readonly #names: LoginNames
  /** In order of their latest refusal. */
  readonly #refusals = new Map<string, number>()

  constructor(names: LoginNames) {
    this.#names = names
  }

  async isGivenUp(hop: string, login: ResolvedLogin): Promise<boolean> {
    return (this.#refusals.get(this.#names.of(hop, login)) ?? 0) >= maxRefusals
  }

  async begin(hop: string, login: ResolvedLogin): Promise<LoginTry | undefined> {
    if (await this.isGivenUp(hop, login)) return undefined
    const name = this.#names.of(hop, login)
    return {
      accepted: async () => void this.#refusals.delete(name),
      refused: async () => remember(this.#refusals, name, (this.#refusals.get(name) ?? 0) + 1, maxRemembered),
      end: async () => {},
    }
  }
}

/** As the latest; the oldest leaves where there are too many. */
export function remember<T>(map: Map<string, T>, name: string, value: T, most: number): void {
  map.delete(name)
  map.set(name, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
