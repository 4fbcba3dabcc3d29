/**
 * The gateway's own endpoints below `/.tildegate/`: the upgrades of control connections and of back-connections
 * (protocol.md, sections 1 and 5). Everything else there is a plain HTTP error, and the connection closes.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import { Http1Connection } from '../http/http1-connection.ts'
import type { PeerFinder, RequestPeer } from '../listen/connection-peer.ts'
import type { OwnRequest, OwnResponse, OwnSide as OwnSideShape } from '../listen/front-door.ts'
import type { TicketDesk } from '../tunnel/ticket-desk.ts'
import type { Admission, Attempt } from './admission.ts'
import { carrierOf, openCarrier, protocol } from './carrier.ts'
import type { LimitReports } from './limit-reports.ts'
import { answerOnStream, answerPlainly, type PlainAnswer } from './plain-answer.ts'

export interface OwnSideParts {
  readonly peers: PeerFinder
  readonly admission: Admission
  readonly desk: TicketDesk
  readonly reports: LimitReports
  readonly clock: Clock
  /** The gateway stops: no new control connections. */
  isStopping(): boolean
  /** Takes the stream over; never rejects. `attempt.end` is its business from then on. */
  prove(stream: Duplex, peer: RequestPeer, attempt: Attempt): void
}

const answers = {
  unknownPath: { status: 404, text: 'Nothing is here.' },
  browser: { status: 403, text: 'This address is for agents, not for web pages.' },
  wrongUpgrade: {
    status: 426,
    text: `This address speaks ${protocol}.`,
    headers: { Upgrade: protocol, Connection: 'Upgrade, close' },
  },
  wrongTicket: { status: 403, text: 'The ticket is not valid.' },
  overloaded: { status: 503, text: 'Too many connections at the moment.', headers: { 'Retry-After': '5' } },
  stopping: { status: 503, text: 'The gateway stops.', headers: { 'Retry-After': '2' } },
} as const satisfies Record<string, PlainAnswer>

export class OwnSide implements OwnSideShape {
  readonly #parts: OwnSideParts

  constructor(parts: OwnSideParts) {
    this.#parts = parts
  }

  /** Any Upgrade is taken, so that a wrong one is refused at once; unless an answer to an earlier request is due. */
  shouldUpgrade(request: IncomingMessage): boolean {
    return request.method === 'GET' && !Http1Connection.of(request.socket).isBusy
  }

  request(request: OwnRequest, response: OwnResponse): void {
    answerPlainly(response, request, refusal(request) ?? answers.wrongUpgrade)
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { clock, peers } = this.#parts
    stream.on('error', () => {})
    const refused = refusal(request)
    if (refused !== undefined) {
      answerOnStream(stream, refused, clock)
      return
    }
    const carry = () => openCarrier(request, stream, head)
    if (pathOf(request) === '/.tildegate/control') this.#beginControl(stream, peers.of(request), carry)
    else this.#presentTicket(stream, request, carry)
  }

  #beginControl(stream: Duplex, peer: RequestPeer, carry: () => Duplex | undefined): void {
    const { admission, clock, isStopping, prove } = this.#parts
    const attempt = isStopping() ? undefined : admission.begin(peer.address)
    if (attempt === undefined) {
      answerOnStream(stream, isStopping() ? answers.stopping : answers.overloaded, clock)
      return
    }
    const carried = carry()
    if (carried === undefined) attempt.end()
    else prove(carried, peer, attempt)
  }

  #presentTicket(stream: Duplex, request: IncomingMessage, carry: () => Duplex | undefined): void {
    const { desk, reports, peers, clock } = this.#parts
    const header = request.headers['tildegate-ticket']
    const ticket = typeof header === 'string' ? desk.present(header) : undefined
    if (ticket === undefined) {
      reports.refused('ticket', peers.of(request).address, 'a ticket that is not valid')
      answerOnStream(stream, answers.wrongTicket, clock)
      return
    }
    const carried = carry()
    if (carried === undefined)
      ticket.fail(new TildegateError('back-connection-refused', { reason: 'no 101' }))
    else ticket.deliver(carried)
  }
}

/** Why a request here gets nothing, or undefined. */
function refusal(request: OwnRequest): PlainAnswer | undefined {
  const path = pathOf(request)
  if (path !== '/.tildegate/control' && path !== '/.tildegate/data') return answers.unknownPath
  if (request.headers.origin !== undefined) return answers.browser
  if (carrierOf(request) === undefined) return answers.wrongUpgrade
  return undefined
}

function pathOf(request: OwnRequest): string {
  return (request.url ?? '').replace(/^https?:\/\/[^/?#]*/i, '').split('?', 1)[0] ?? ''
}
