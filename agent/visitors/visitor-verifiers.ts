/**
 * What the gateway checks the passwords of a tunnel's visitors against: the same for the same password, so that visitors who are logged in
 * stay so over a reconnect (docs/decisions/0016-visitor-sessions.md).
 */
import { hashVisitorPassword, visitorPasswordMaxBytes } from '../../net/visitor-password.ts'
import { type ErrorDetails, TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import { type VisitorVerifier, verifierParameters } from '../../shared/protocol/visitor-verifier.ts'
import type { Secret } from '../../shared/secret.ts'
import { type TunnelEntry, type VisitorPasswordSource, visitorPasswordFrom } from '../entry.ts'
import { isSameSecret } from '../secrets/secret-store.ts'
import type { VisitorSaltSource } from './visitor-salts.ts'

export class VisitorVerifiers {
  readonly #saltOf: VisitorSaltSource
  readonly #passwordOf: VisitorPasswordSource
  #known: { readonly password: Secret; readonly verifier: Promise<VisitorVerifier> } | undefined

  constructor(saltOf: VisitorSaltSource, passwordOf: VisitorPasswordSource = visitorPasswordFrom({})) {
    this.#saltOf = saltOf
    this.#passwordOf = passwordOf
  }

  /**
   * Undefined: visitors of this entry are not asked. To be called with one entry only.
   * @throws TildegateError password-missing, and those of the store
   */
  async of(entry: TunnelEntry): Promise<VisitorVerifier | undefined> {
    const password = await this.#passwordOf(entry)
    if (password === undefined && entry.visitors === undefined) return undefined
    if (password === undefined || password.isEmpty) throw unusable(entry, said('reason', 'empty'))
    if (password.use(bytes => bytes.length) > visitorPasswordMaxBytes)
      throw unusable(entry, said('reason', 'longer-than', { bytes: visitorPasswordMaxBytes }))
    if (this.#known === undefined || !isSameSecret(password, this.#known.password))
      this.#known = { password, verifier: this.#make(entry, password) }
    return this.#known.verifier
  }

  async #make(entry: TunnelEntry, password: Secret): Promise<VisitorVerifier> {
    const salt = Buffer.from(await this.#saltOf(entry)).toString('hex')
    const how = { ...verifierParameters, salt }
    return { ...how, hash: (await hashVisitorPassword(password, how)).toString('hex') }
  }
}

function unusable({ name }: TunnelEntry, reason: ErrorDetails): TildegateError {
  return new TildegateError('password-missing', {
    ...said('name', 'visitors-of', { tunnel: `/~~${name}` }),
    ...reason,
  })
}
