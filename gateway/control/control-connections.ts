/**
 * From an upgraded stream to an established session: the handshake, the address rule, one owner for each name,
 * take-over, probe (protocol.md, sections 2 to 4).
 */
import type { Duplex } from 'node:stream'
import { CurveQueue, type ProvenAgent, proveAsGateway, type Ticket } from '../../net/seal/index.ts'
import type { BackEntry } from '../../shared/balance/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { Hello, Refused } from '../../shared/protocol/control-json.ts'
import { closeCodes } from '../../shared/protocol/frames.ts'
import { costOf } from '../../shared/protocol/visitor-verifier.ts'
import { Secret } from '../../shared/secret.ts'
import type { Clock, Log, Random } from '../../shared/world.ts'
import type { HostMode } from '../host-mode.ts'
import type { GatewayLimits } from '../limits.ts'
import type { RequestPeer } from '../listen/connection-peer.ts'
import type { BackConnections } from '../tunnel/back-connections.ts'
import { VisitTeller } from '../visits/visit-teller.ts'
import type { AddressRules } from './address-rules.ts'
import type { Attempt } from './admission.ts'
import { GatewaySession, type SessionEnd } from './gateway-session.ts'
import type { LimitReports } from './limit-reports.ts'
import type { OuterConnection } from './outer-connection.ts'
import { isResume } from './resume.ts'
import type { SessionRegistry } from './session-registry.ts'

export interface ControlParts {
  readonly limits: GatewayLimits
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly reports: LimitReports
  readonly registry: SessionRegistry
  readonly addressRules: AddressRules
  readonly outer: OuterConnection
  /** Of the inner TLS, lower-case hex. */
  readonly innerCertSha256: string
  /** `https://gateway.example`; undefined: as the agent addressed the gateway. */
  readonly publicOrigin: string | undefined
  readonly hostMode: HostMode | undefined
  /** `tildegate/<version>` */
  readonly product: string
  entryOf(name: string): BackEntry | undefined
  backConnections(
    parts: SessionWish,
    requestOpen: (ticket: Ticket, hasInnerTls: boolean) => void,
  ): BackConnections
  counted(result: 'established' | 'failed' | 'refused' | 'probe'): void
  ended(reason: SessionEnd): void
}

/** What the back-connections of a new session are to be like. */
interface SessionWish {
  readonly session: Uint8Array
  needsInnerTls(): boolean
  readonly tellsEnds: boolean
  readonly address: string
}

/** An agent that proved the password, and the entry that it proved. */
interface Applicant extends ProvenAgent {
  readonly entry: BackEntry
  readonly peer: RequestPeer
}

type Refusal = readonly [code: Refused['code'], message: string, retryAfterMs?: number]

export class ControlConnections {
  readonly #parts: ControlParts
  readonly #curveQueue: CurveQueue
  /** Made once a process, for the passwords of names that do not exist. */
  readonly #processSecret: Secret
  readonly #stopping = new AbortController()

  constructor(parts: ControlParts) {
    const { clock, limits, random } = parts
    this.#parts = parts
    this.#curveQueue = new CurveQueue(clock, limits.curveQueue, limits.curveQueueMs)
    this.#processSecret = Secret.fromBytes(random.bytes(32))
  }

  /** Takes the stream over; never rejects. */
  prove(stream: Duplex, peer: RequestPeer, attempt: Attempt): void {
    this.#prove(stream, peer, attempt).then(
      applicant => this.#admit(applicant),
      (cause: unknown) => this.#failed(cause, peer),
    )
  }

  /** Handshakes under way end; no new ones succeed. */
  stop(): void {
    this.#stopping.abort(new TildegateError('gateway-stopping'))
  }

  async #prove(stream: Duplex, peer: RequestPeer, attempt: Attempt): Promise<Applicant> {
    const { clock, random, limits, entryOf } = this.#parts
    let entry: BackEntry | undefined
    try {
      const proven = await proveAsGateway(stream, {
        passwordOf: name => {
          entry = entryOf(name)
          return entry?.password
        },
        processSecret: this.#processSecret,
        mayGuess: name => attempt.mayGuess(name),
        guessBegins: name => attempt.guessBegins(name),
        guessFailed: name => attempt.guessFailed(name),
        curveQueue: this.#curveQueue,
        clock,
        random,
        signal: this.#stopping.signal,
        deadlineMs: limits.handshakeMs,
      })
      if (entry === undefined) throw new TildegateError('password-refused')
      return { ...proven, entry, peer }
    } finally {
      attempt.end()
    }
  }

  #failed(cause: unknown, peer: RequestPeer): void {
    this.#parts.counted('failed')
    const { reports, log } = this.#parts
    const reason = cause instanceof TildegateError ? cause.code : 'internal'
    if (reason === 'internal') log.error({ err: cause }, 'a handshake failed within the gateway')
    const limit = cause instanceof TildegateError ? cause.details['limit'] : undefined
    if (typeof limit === 'string') reports.exceeded(limit, peer.address, 'too many handshakes at once')
    reports.refused(`handshake: ${reason}`, peer.address, (cause as Error).message)
  }

  #admit(applicant: Applicant): void {
    const { addressRules, log } = this.#parts
    const { name, peer, entry } = applicant
    // Strangers cause no DNS: only who proved the password gets here.
    addressRules.check(entry.rule, peer.address).then(
      reason => {
        if (applicant.channel.isClosed) return
        if (reason === undefined) {
          this.#decide(applicant)
          return
        }
        log.warn({ name, address: peer.address, reason }, 'the address rule refused an agent')
        this.#refuse(applicant, 'address', 'This name is not accepted from your network address.')
      },
      (cause: unknown) => {
        log.error({ err: cause }, 'an address rule could not be checked')
        this.#refuse(applicant, 'overloaded', 'The address rule could not be checked.')
      },
    )
  }

  /** Nothing is awaited from here to the registration, so that no two agents get one name. */
  #decide(applicant: Applicant): void {
    const live = this.#parts.registry.find(applicant.name)
    const refused = this.#refusalFor(applicant, live)
    if (refused !== undefined) this.#refuse(applicant, ...refused)
    else if (applicant.hello.probe === true) this.#answerProbe(applicant, live !== undefined)
    else this.#establish(applicant, live)
  }

  #refusalFor({ hello, channel, peer }: Applicant, live: GatewaySession | undefined): Refusal | undefined {
    const { registry, reports } = this.#parts
    if (this.#stopping.signal.aborted) return ['overloaded', 'The gateway stops.', 2_000]
    if (hello.visitors !== undefined && costOf(hello.visitors.scrypt) > this.#parts.limits.visitorHashCost)
      return ['disabled', 'Visitor passwords of this cost are not checked here.']
    if (live !== undefined) {
      const mayPass = hello.probe === true || isResume(hello, live, channel.exporter)
      return mayPass ? undefined : ['busy', 'Already connected from elsewhere.']
    }
    if (!registry.isFull) return undefined
    reports.exceeded('sessions', peer.address, 'too many tunnels are connected')
    return ['overloaded', 'Too many tunnels are connected.', 60_000]
  }

  #establish(applicant: Applicant, replaced: GatewaySession | undefined): void {
    const { clock, random, limits, registry, reports, log, counted, ended, backConnections } = this.#parts
    const { name, entry, peer, hello, channel } = applicant
    const id = random.bytes(16)
    const resumeSecret = random.bytes(32)
    const outer = this.#parts.outer.judge(hello.outer, peer)
    const wish: SessionWish = {
      session: id,
      needsInnerTls: () => outer !== 'proven' || entry.isSsl || !this.#parts.outer.isStillShown(hello.outer),
      tellsEnds: hello.ended === true,
      address: peer.address,
    }
    const session = new GatewaySession({
      name,
      entry,
      id,
      resumeSecret: Secret.fromBytes(resumeSecret),
      outer,
      address: peer.address,
      hello,
      channel,
      deadMs: limits.deadMs,
      clock,
      visits: this.#isTold(hello)
        ? new VisitTeller({
            ...{ clock, limits },
            since: replaced?.visits?.since ?? clock.now(),
            send: told => channel.send({ type: 'visits', ...told }),
          })
        : undefined,
      violated: reason => reports.refused('session: protocol-violation', peer.address, reason),
      backConnections: requestOpen => backConnections(wish, requestOpen),
    })
    // The new one holds the name before the old one lets go of it.
    registry.register(session)
    replaced?.replaceWith(session)
    this.#welcome(applicant, id, resumeSecret, {})
    const { agent, os } = hello
    log.info(
      { name, address: peer.address, outer, agent, os, resumed: replaced !== undefined },
      'a tunnel is connected',
    )
    counted('established')
    void session.ended.then(reason => {
      log.info({ name, reason }, 'a tunnel is disconnected')
      ended(reason)
    })
    session.start()
  }

  /** Nothing is registered, and a live session does not notice. */
  #answerProbe(applicant: Applicant, inUse: boolean): void {
    const { random, counted } = this.#parts
    this.#welcome(applicant, random.bytes(16), random.bytes(32), inUse ? { inUse } : {})
    applicant.channel.close(closeCodes.normal)
    counted('probe')
  }

  #welcome(
    { name, channel, hello, peer }: Applicant,
    id: Uint8Array,
    resumeSecret: Uint8Array,
    more: { inUse?: true },
  ): void {
    const { limits, innerCertSha256, publicOrigin, hostMode, product, outer } = this.#parts
    const origin = publicOrigin ?? `${peer.scheme}://${peer.host ?? 'localhost'}`
    channel.send({
      type: 'welcome',
      welcome: {
        session: Buffer.from(id).toString('hex'),
        resumeSecret: Buffer.from(resumeSecret).toString('hex'),
        aliveMs: limits.aliveMs,
        deadMs: limits.deadMs,
        url: `${hostMode?.originOf(name, origin) ?? `${origin}/~~${name}`}/`,
        outer: outer.judge(hello.outer, peer),
        innerTls: { certSha256: innerCertSha256 },
        gateway: product,
        ...(hello.visitors === undefined ? {} : { visitors: true }),
        ...(this.#isTold(hello) ? { visits: true } : {}),
        ...more,
      },
    })
  }

  #isTold({ visits }: Hello): boolean {
    return visits === true && this.#parts.limits.visitsTold > 0
  }

  #refuse({ channel, hello }: Applicant, ...[code, message, retryAfterMs]: Refusal): void {
    channel.send({
      type: 'refused',
      refused: { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    })
    // A probe is ended by CLOSE 0 whatever its answer; for everyone else REFUSED has said it all.
    if (hello.probe === true) channel.send({ type: 'close', code: closeCodes.normal, text: '' })
    channel.close(closeCodes.normal)
    this.#parts.counted('refused')
  }
}
