/** Checks an agent's address against the rule of its entry; a domain is resolved at that very moment. */
import { type AddressRule, matchesAddress } from '../../shared/balance/index.ts'
import type { Clock } from '../../shared/world.ts'
import { type Resolve, resolveInTime } from './resolver.ts'

export class AddressRules {
  readonly #resolve: Resolve
  readonly #deadlineMs: number
  readonly #clock: Clock

  constructor(resolve: Resolve, deadlineMs: number, clock: Clock) {
    this.#resolve = resolve
    this.#deadlineMs = deadlineMs
    this.#clock = clock
  }

  /** Undefined: accepted. Else the reason, for the gateway's log only. */
  async check(rule: AddressRule, address: string): Promise<string | undefined> {
    if (rule.kind !== 'domain') {
      return matchesAddress(rule, address) ? undefined : 'the address does not match the rule'
    }
    let resolved: readonly string[]
    try {
      resolved = await resolveInTime(this.#resolve, rule.domain, this.#deadlineMs, this.#clock)
    } catch (cause) {
      return `the rule’s domain could not be resolved: ${(cause as Error).message}`
    }
    if (matchesAddress(rule, address, resolved)) return undefined
    return `the rule’s domain resolves to ${resolved.join(', ') || 'nothing'}`
  }
}
