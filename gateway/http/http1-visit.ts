/**
 * A visit by HTTP/1.1. An upgrade request has the bare connection until it is clear whether it gets an ordinary
 * answer.
 */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'
import { canReset, linger, lingerAfterAnswer, reset } from './breaking-off.ts'
import type { HttpVersion } from './counters.ts'
import { Http1Connection } from './http1-connection.ts'
import { type CheckedRequest, checkRequest } from './request-checks.ts'
import type { VisitorContext } from './request-mapping.ts'
import { Visit } from './visit.ts'

export interface BareConnection {
  readonly socket: Duplex
  /** Bytes that came behind the head of the request. */
  readonly head: Buffer
  readonly earlyMax: number
}

export class Http1Visit extends Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly connection: Http1Connection
  readonly over: Promise<void>
  readonly #early: Buffer[] = []
  #earlyMax = 0
  #isOpen = false
  #finishBare: () => void = () => {}

  constructor(
    request: IncomingMessage,
    response: ServerResponse | BareConnection,
    context: VisitorContext,
    expectsContinue: boolean,
  ) {
    super(context, { expectsContinue, isUpgrade: !(response instanceof ServerResponse) })
    this.request = request
    request.on('error', () => {})
    if (response instanceof ServerResponse) {
      this.response = response
      this.#isOpen = true
      this.connection = Http1Connection.of(request.socket)
      this.over = this.#followAnswer()
    } else {
      this.response = new ServerResponse(request)
      this.connection = Http1Connection.of(response.socket)
      this.over = this.#followBare(response)
    }
    this.response.on('error', () => {})
  }

  get socket(): Duplex {
    return this.request.socket
  }

  get http(): HttpVersion {
    return this.request.httpVersion === '1.1' ? '1.1' : '1.0'
  }

  get isGone(): boolean {
    return this.socket.destroyed
  }

  get showsCuts(): boolean {
    return canReset(this.socket)
  }

  check(): CheckedRequest {
    return checkRequest(this.request)
  }

  /** Of an upgrade: what came behind the request, in order. From here on the reader of the socket gets the rest. */
  takeEarlyBytes(): Buffer {
    this.socket.pause()
    this.socket.off('data', this.#keepEarly)
    this.socket.off('end', this.leave)
    return Buffer.concat(this.#early.splice(0))
  }

  /** It closes the connection where that was to be upgraded. */
  openAnswer(clock: Clock, lingerMs: number): ServerResponse {
    if (this.#isOpen) return this.response
    this.#isOpen = true
    const { socket, response } = this
    this.#early.length = 0
    socket.off('data', this.#keepEarly)
    socket.resume()
    response.shouldKeepAlive = false
    // Node's server does these three things only for the connections that it has not handed out.
    response.assignSocket(this.request.socket)
    socket.on('drain', () => response.emit('drain'))
    response.once('finish', () => {
      response.detachSocket(this.request.socket)
      linger(socket, clock, lingerMs)
      this.#finishBare()
    })
    return response
  }

  lingerAfterAnswer(clock: Clock, lingerMs: number): void {
    if (!this.isUpgrade) lingerAfterAnswer(this.request, clock, lingerMs)
  }

  cut(): void {
    reset(this.socket)
  }

  drop(): void {
    this.socket.destroy()
  }

  #followAnswer(): Promise<void> {
    return new Promise(resolve => {
      this.response.once('close', () => {
        if (!this.response.writableFinished) this.leave()
        resolve()
      })
    })
  }

  #followBare({ socket, head, earlyMax }: BareConnection): Promise<void> {
    if (head.length > 0) this.#early.push(head)
    socket.on('error', () => {})
    socket.on('data', this.#keepEarly)
    socket.once('end', this.leave)
    this.#earlyMax = earlyMax
    return new Promise(resolve => {
      this.#finishBare = resolve
      socket.once('close', () => {
        this.leave()
        resolve()
      })
    })
  }

  readonly #keepEarly = (bytes: Buffer): void => {
    this.#early.push(bytes)
    if (this.#early.reduce((sum, piece) => sum + piece.length, 0) >= this.#earlyMax) this.socket.pause()
  }
}
