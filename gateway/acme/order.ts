/** One order at an authority (RFC 8555 §7.4): account, challenges, certificate. Knows nothing of when. */
import type { Authorization, Client, Order } from 'acme-client'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { CertificatePair } from '../listen/self-signed.ts'
import { type AcmeCall, type AcmeLibrary, withAcme } from './acme-library.ts'
import type { AcmeOptions } from './acme-options.ts'
import type { PendingChallenges } from './pending-challenges.ts'
import { wordsOf } from './problems.ts'

export type ChallengeType = 'http-01' | 'tls-alpn-01'

export interface OrderParts {
  readonly options: AcmeOptions
  readonly challenges: PendingChallenges
  /** What our listeners can answer, the most promising first. */
  readonly types: readonly ChallengeType[]
  readonly clock: Clock
  /** Ends all of it. */
  readonly signal: AbortSignal
  readonly limits: { readonly acmeRequestMs: number; readonly acmePollMs: number }
  accountKey(make: () => Promise<string>): Promise<string>
}

interface Challenge {
  readonly type: string
  readonly url: string
  readonly token: string
  readonly status: string
  readonly error?: unknown
}

/** How much longer than `acmePollMs` an authority may have us wait between two looks. */
const pollMaxFactor = 30

/** @throws TildegateError acme-…; the reason of `signal` */
export async function obtainCertificate(parts: OrderParts): Promise<CertificatePair> {
  const { options, clock, signal, limits } = parts
  const call: AcmeCall = {
    ...{ directoryUrl: options.directoryUrl, directoryCa: options.directoryCa },
    ...{ signal, clock, requestMs: limits.acmeRequestMs },
  }
  return withAcme(call, async acme => {
    const accountKey = await parts.accountKey(async () => String(await acme.crypto.createPrivateEcdsaKey()))
    const client = new acme.Client({ directoryUrl: options.directoryUrl, accountKey })
    const run = new OrderRun(acme, client, call, parts)
    return run.toCertificate()
  })
}

class OrderRun {
  readonly #acme: AcmeLibrary
  readonly #client: Client
  readonly #call: AcmeCall
  readonly #parts: OrderParts

  constructor(acme: AcmeLibrary, client: Client, call: AcmeCall, parts: OrderParts) {
    this.#acme = acme
    this.#client = client
    this.#call = call
    this.#parts = parts
  }

  async toCertificate(): Promise<CertificatePair> {
    const { names, email, agreesToTerms } = this.#parts.options
    const terms: string | null = await this.#client.getTermsOfServiceUrl()
    if (terms !== null && !agreesToTerms) throw new TildegateError('acme-terms', { reason: terms })
    // Tells of the account that there is where the key is known (RFC 8555 §7.3).
    await this.#client.createAccount({
      termsOfServiceAgreed: true,
      contact: email === undefined ? [] : [`mailto:${email}`],
    })
    const order = await this.#client.createOrder({
      identifiers: names.map(value => ({ type: 'dns', value })),
    })
    for (const url of order.authorizations) await this.#authorize(order, url)

    const ready = await this.#poll(() => this.#client.getOrder(order), ['ready', 'valid'])
    const [key, csr] = await this.#acme.crypto.createCsr(
      { altNames: [...names] },
      await this.#acme.crypto.createPrivateEcdsaKey(),
    )
    const finalized = await this.#client.finalizeOrder(ready, csr)
    const valid =
      finalized.status === 'valid'
        ? finalized
        : await this.#poll(() => this.#client.getOrder(order), ['valid'])
    return { cert: await this.#client.getCertificate(valid), key: String(key) }
  }

  /** One after the other: an authority asks for a handful at most. */
  async #authorize(order: Order, url: string): Promise<void> {
    const look = async (): Promise<Authorization> => {
      const [one] = await this.#client.getAuthorizations({ ...order, authorizations: [url] })
      if (one === undefined) throw new TildegateError('acme-refused', { reason: 'it shows no authorization' })
      return one
    }
    const authorization = await look()
    // Proven not long ago.
    if (authorization.status === 'valid') return
    const challenge = this.#choose(authorization)
    const remove = await this.#answer(authorization, challenge)
    try {
      await this.#client.completeChallenge(challenge as never)
      await this.#poll(look, ['valid'], challenge.type)
    } finally {
      remove()
    }
  }

  #choose({ identifier, challenges }: Authorization): Challenge {
    const offered = challenges as unknown as readonly Challenge[]
    for (const type of this.#parts.types) {
      const found = offered.find(one => one.type === type)
      if (found !== undefined) return found
    }
    const reason = `of it offers ${offered.map(({ type }) => type).join(', ')} our listeners can answer none`
    throw new TildegateError('acme-challenge-refused', { name: identifier.value, challenge: 'none', reason })
  }

  async #answer(authorization: Authorization, challenge: Challenge): Promise<() => void> {
    const { challenges } = this.#parts
    const name = authorization.identifier.value.toLowerCase()
    const keyAuthorization = await this.#client.getChallengeKeyAuthorization(challenge as never)
    if (challenge.type === 'http-01') return challenges.addHttp(name, challenge.token, keyAuthorization)
    const key = await this.#acme.crypto.createPrivateEcdsaKey()
    const [, cert] = await this.#acme.crypto.createAlpnCertificate(authorization, keyAuthorization, key)
    return challenges.addTls(name, { cert: String(cert), key: String(key) })
  }

  /** Looks until it is as wanted. */
  async #poll<T extends Order | Authorization>(
    look: () => Promise<T>,
    wanted: readonly string[],
    challenge?: string,
  ): Promise<T> {
    const { acmePollMs } = this.#parts.limits
    for (;;) {
      const seen = await look()
      if (wanted.includes(seen.status)) return seen
      if (seen.status !== 'pending' && seen.status !== 'processing' && seen.status !== 'ready')
        throw failureOf(seen, challenge)
      const asked = this.#call.retryAfterMs ?? acmePollMs
      await this.#pause(Math.min(Math.max(asked, acmePollMs), acmePollMs * pollMaxFactor))
    }
  }

  #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#parts
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        timer.cancel()
        reject(signal.reason as Error)
      }
      const timer = clock.after(ms, () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}

function failureOf(seen: Order | Authorization, challenge: string | undefined): TildegateError {
  if ('identifier' in seen && challenge !== undefined) {
    const failed = (seen.challenges as unknown as readonly Challenge[]).find(
      ({ error }) => error !== undefined,
    )
    const reason = wordsOf(failed?.error) ?? `it is ${seen.status}`
    return new TildegateError('acme-challenge-refused', { name: seen.identifier.value, challenge, reason })
  }
  const error = 'error' in seen ? seen.error : undefined
  return new TildegateError('acme-refused', { reason: wordsOf(error) ?? `the order is ${seen.status}` })
}
