/**
 * Where the certificate of the TLS listeners comes from: the admin's files, an authority, or our own, made at the first start.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '../../shared/world.ts'
import { AcmeCertificate } from '../acme/acme-certificate.ts'
import type { AcmeOptions } from '../acme/acme-options.ts'
import { KeptState } from '../acme/kept-state.ts'
import type { ChallengeType } from '../acme/order.ts'
import { PendingChallenges } from '../acme/pending-challenges.ts'
import type { GatewayLimits } from '../limits.ts'
import { WatchedCertificate } from './certificate-files.ts'
import { type CertificateFiles, keptSelfSigned, loadCertificate, ownNames } from './certificate-store.ts'
import type { ListenAddress } from './listener.ts'
import { type SecuredStream, ServedCertificate, type ServedParts } from './served-certificate.ts'

export interface CertificateOptions extends ServedParts {
  /** Goes before `acme`. */
  readonly certificate?: CertificateFiles
  readonly acme?: AcmeOptions
  readonly listen: readonly ListenAddress[]
  readonly stateFolder: string
  readonly publicUrl?: string
  /** The hosts below it are tunnels. */
  readonly hostDomain?: string | undefined
  readonly limits: GatewayLimits
  readonly log: Log
  /** An order at an authority failed, and how. */
  acmeFailed(code: string): void
}

/** What is there when the gateway has started: something that looks for newer ones. */
interface Renewing {
  /** Now. */
  reload(): Promise<void>
  close(): Promise<void>
}

export class CertificateSource {
  readonly served: ServedCertificate
  readonly #challenges: PendingChallenges
  readonly #begin: () => Promise<Renewing | undefined>
  #renewing: Renewing | undefined

  private constructor(
    served: ServedCertificate,
    challenges: PendingChallenges,
    begin: () => Promise<Renewing | undefined>,
  ) {
    this.served = served
    this.#challenges = challenges
    this.#begin = begin
  }

  /** @throws TildegateError certificate-unusable */
  static async open(options: CertificateOptions): Promise<CertificateSource> {
    const { certificate, acme } = options
    const challenges = new PendingChallenges(options)
    if (certificate !== undefined) {
      const served = new ServedCertificate(
        await loadCertificate(certificate, options.limits.certificateBytes),
        options,
      )
      const show: ServedCertificate['show'] = pair => served.show(pair)
      return new CertificateSource(served, challenges, () =>
        WatchedCertificate.watch({ ...options, files: certificate, show }),
      )
    }
    if (acme === undefined) {
      const served = new ServedCertificate(await selfSigned(options), options)
      return new CertificateSource(served, challenges, async () => undefined)
    }
    const kept = new KeptState(options.stateFolder, acme.directoryUrl)
    const current = await kept.certificate()
    if (current === undefined)
      options.log.warn(
        { names: acme.names },
        'no certificate of the authority yet; a self-signed one is shown until there is',
      )
    const served = new ServedCertificate(current ?? (await selfSigned(options, acme.names)), options)
    return new CertificateSource(served, challenges, async () => {
      const renewing = new AcmeCertificate(
        {
          ...options,
          ...{ options: acme, kept, challenges, types: challengeTypes(options.listen) },
          show: pair => served.show(pair),
          failed: code => options.acmeFailed(code),
        },
        current,
      )
      await renewing.start()
      return { reload: async () => renewing.hurry(), close: () => renewing.close() }
    })
  }

  /** Once the listeners take connections: from here on a newer certificate is taken up. */
  async start(): Promise<void> {
    this.#renewing = await this.#begin()
  }

  /** Reads the admin's files now; asks an authority now that refused before. Never rejects. */
  async reload(): Promise<void> {
    await this.#renewing?.reload()
  }

  /** A visitor's or agent's connection; undefined: it was an authority's, and is taken care of. */
  async secure(stream: Duplex): Promise<SecuredStream | undefined> {
    return (await this.#challenges.take(stream)) ? undefined : this.served.secure(stream)
  }

  /** Of a plain listener. False: it is no business of ours, and was not touched. */
  answerChallenge(request: IncomingMessage, response: ServerResponse): boolean {
    return this.#challenges.answer(request, response)
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#renewing?.close()
  }
}

function selfSigned(options: CertificateOptions, names: readonly string[] = []) {
  const { stateFolder, publicUrl, hostDomain } = options
  return keptSelfSigned(stateFolder, [...ownNames(publicUrl, hostDomain), ...names], options)
}

/** Authorities come to ports 80 and 443; other ports may be where a router leads those to. */
export function challengeTypes(listen: readonly ListenAddress[]): ChallengeType[] {
  const plain = listen.filter(({ tls }) => !tls).map(({ port }) => port)
  const tls = listen.filter(address => address.tls).map(({ port }) => port)
  const types: ChallengeType[] = [
    ...(plain.length > 0 ? (['http-01'] as const) : []),
    ...(tls.length > 0 ? (['tls-alpn-01'] as const) : []),
  ]
  return tls.includes(443) && !plain.includes(80) ? types.toReversed() : types
}
