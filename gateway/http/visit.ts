/**
 * One request of a visitor while it is served: who asks, where the answer goes, whether the visitor is still
 * there. An upgrade request has the bare connection until it is clear whether it gets an ordinary answer.
 */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'
import { linger } from './breaking-off.ts'
import type { VisitorContext } from './request-mapping.ts'
import { VisitorConnection } from './visitor-connection.ts'

export class VisitorLeft extends Error {
  override readonly name = 'VisitorLeft'
}

export interface BareConnection {
  readonly socket: Duplex
  /** Bytes that came behind the head of the request. */
  readonly head: Buffer
  readonly earlyMax: number
}

export class Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly context: VisitorContext
  readonly connection: VisitorConnection
  /** The visitor waits for 100 before it sends its body. */
  readonly expectsContinue: boolean
  readonly isUpgrade: boolean
  /** Ends with a `VisitorLeft` when the visitor does, or with what `end` was given. */
  readonly signal: AbortSignal
  /** The answer was sent, or there is nobody left to send it to. */
  readonly over: Promise<void>
  tunnel: string | undefined
  receivedBytes = 0
  sentBytes = 0
  isBroken = false
  /** Of the answer, also after an upgrade. */
  status = 0
  readonly #leaving = new AbortController()
  readonly #early: Buffer[] = []
  #isOpen = false
  #finishBare: () => void = () => {}

  constructor(
    request: IncomingMessage,
    response: ServerResponse | BareConnection,
    context: VisitorContext,
    expectsContinue: boolean,
  ) {
    this.request = request
    this.context = context
    this.expectsContinue = expectsContinue
    this.signal = this.#leaving.signal
    this.isUpgrade = !(response instanceof ServerResponse)
    request.on('error', () => {})
    if (response instanceof ServerResponse) {
      this.response = response
      this.#isOpen = true
      this.connection = VisitorConnection.of(request.socket)
      this.over = this.#followAnswer()
    } else {
      this.response = new ServerResponse(request)
      this.connection = VisitorConnection.of(response.socket)
      this.over = this.#followBare(response)
    }
    this.response.on('error', () => {})
  }

  get socket(): Duplex {
    return this.request.socket
  }

  /** HTTP/1.0 knows neither chunks nor 1xx. */
  get speaksHttp11(): boolean {
    return this.request.httpVersion === '1.1'
  }

  /** Of an upgrade: what came behind the request, in order. From here on the reader of the socket gets the rest. */
  takeEarlyBytes(): Buffer {
    this.socket.pause()
    this.socket.off('data', this.#keepEarly)
    this.socket.off('end', this.#leave)
    return Buffer.concat(this.#early.splice(0))
  }

  /** Where an ordinary answer is written. It closes the connection where that was to be upgraded. */
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

  /** Ends the work for this visitor now. */
  end(cause: Error): void {
    this.#leaving.abort(cause)
  }

  #followAnswer(): Promise<void> {
    return new Promise(resolve => {
      this.response.once('close', () => {
        if (!this.response.writableFinished) this.#leave()
        resolve()
      })
    })
  }

  #followBare({ socket, head, earlyMax }: BareConnection): Promise<void> {
    if (head.length > 0) this.#early.push(head)
    socket.on('error', () => {})
    socket.on('data', this.#keepEarly)
    socket.once('end', this.#leave)
    this.#earlyMax = earlyMax
    return new Promise(resolve => {
      this.#finishBare = resolve
      socket.once('close', () => {
        this.#leave()
        resolve()
      })
    })
  }

  #earlyMax = 0

  readonly #keepEarly = (bytes: Buffer): void => {
    this.#early.push(bytes)
    if (this.#early.reduce((sum, piece) => sum + piece.length, 0) >= this.#earlyMax) this.socket.pause()
  }

  readonly #leave = (): void => this.#leaving.abort(new VisitorLeft('The visitor left.'))
}
