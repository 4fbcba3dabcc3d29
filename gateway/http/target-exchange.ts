/**
 * One request on one connection to the target. Node's client speaks; this decides what becomes of the
 * connection: it is released only when the whole request went out, the whole answer came in, and not a byte
 * more. In every other case it is destroyed. See docs/decisions/0001-http-client.md.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { canRelease, releaseChunk } from '../../net/chunk-release.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { UpstreamConnection } from '../upstream.ts'
import type { TargetHead } from './request-mapping.ts'
import { ResponseFraming } from './response-framing.ts'

export type TargetAnswer =
  | { readonly kind: 'answer'; readonly message: IncomingMessage }
  /** 101: `socket` belongs to the receiver now, and is still to be closed by `fail`. `head`: bytes behind the 101. */
  | {
      readonly kind: 'switched'
      readonly message: IncomingMessage
      readonly socket: Duplex
      readonly head: Buffer
    }

export interface InterimAnswer {
  readonly statusCode: number
  readonly rawHeaders: readonly string[]
}

export class TargetExchange {
  /** Where the request's body goes. */
  readonly request: ClientRequest
  /** Rejects with a TildegateError where no answer comes. */
  readonly answered: Promise<TargetAnswer>
  readonly #framing: ResponseFraming
  #line: UpstreamConnection
  #message: IncomingMessage | undefined
  #isSettled = false
  #mayBeReused = true
  #isReleasing: boolean
  #reject: (cause: Error) => void = () => {}

  /**
   * @param onInterim for each answer with 1xx
   * @throws TildegateError request-malformed for a head that Node refuses to write; the line is destroyed
   */
  constructor(
    line: UpstreamConnection,
    head: TargetHead,
    answerHeadMax: number,
    onInterim: (answer: InterimAnswer) => void,
  ) {
    this.#line = line
    this.#framing = new ResponseFraming(head.method, answerHeadMax)
    const { socket } = line
    this.#isReleasing = canRelease(socket, socket)
    try {
      this.request = httpRequest({
        method: head.method,
        path: head.path,
        headers: head.headers,
        setDefaultHeaders: false,
        createConnection: () => socket,
        insecureHTTPParser: false,
        maxHeaderSize: answerHeadMax,
      })
    } catch (cause) {
      line.destroy()
      throw new TildegateError('request-malformed', { reason: 'head' }, { cause })
    }
    socket.on('data', this.#follow)
    socket.on('error', ignore)
    socket.once('free', this.#onFree)
    // Node sets it from `Connection: keep-alive` only for headers given as an object, which loses their order.
    this.request.shouldKeepAlive = !head.isUpgrade
    this.#mayBeReused = !head.isUpgrade
    // Node would drop fields past a count without a word; the size of the head is the limit.
    this.request.maxHeadersCount = 0
    this.answered = new Promise((resolve, reject) => {
      this.#reject = reject
      this.#listen(resolve, head.isUpgrade, onInterim)
    })
    this.answered.catch(ignore)
  }

  /**
   * The answer ended with its connection: whether that was its end in order. To be followed by `fail`.
   * Says true for an answer that marks its end itself.
   */
  endedInOrder(): Promise<boolean> {
    return this.#framing.endsWithConnection ? this.#line.endedInOrder() : Promise.resolve(true)
  }

  /** Bytes of the answer, heads and all. */
  get receivedBytes(): number {
    return this.#framing.receivedBytes
  }

  get line(): UpstreamConnection {
    return this.#line
  }

  /** From now on the connection is that of a pin, which alone may keep it. */
  pinTo(line: UpstreamConnection): void {
    this.#line = line
  }

  /** After this exchange the connection is closed, however it ends. */
  closeAfterwards(): void {
    this.#mayBeReused = false
  }

  /** Ends it now. Idempotent. */
  fail(cause?: Error): void {
    this.#reject(cause ?? new TildegateError('target-broke-off'))
    this.#settle(false, cause)
  }

  #listen(
    resolve: (answer: TargetAnswer) => void,
    isUpgrade: boolean,
    onInterim: (answer: InterimAnswer) => void,
  ): void {
    const { request } = this
    // A paused pool connection would never deliver.
    request.once('socket', socket => socket.resume())
    request.on('information', onInterim)
    request.once('response', message => {
      this.#message = message
      message.on('error', ignore)
      message.once('end', () => this.#onAnswerEnd())
      resolve({ kind: 'answer', message })
    })
    request.once('upgrade', (message, socket, head) => {
      this.#isReleasing = false
      this.#unhook()
      // A 101 that nobody asked for.
      if (!isUpgrade) return this.fail(new TildegateError('target-broke-off'))
      resolve({ kind: 'switched', message, socket, head })
    })
    request.on('error', cause => {
      // Bytes behind a whole answer: they spoil the connection, not the answer.
      this.#mayBeReused = false
      if (this.#message === undefined) this.fail(new TildegateError('target-broke-off', {}, { cause }))
    })
    request.once('close', () => {
      if (this.#message === undefined) this.#reject(new TildegateError('target-broke-off'))
    })
  }

  /** The consumer has read the whole answer. `free` follows in the same turn if the connection may go on. */
  #onAnswerEnd(): void {
    // Whether that was the end in order, only the line knows: it is asked before it is closed.
    if (this.#framing.endsWithConnection) return
    if (!this.request.writableFinished || !this.request.shouldKeepAlive) this.#mayBeReused = false
    setImmediate(() => this.#settle(false))
  }

  readonly #onFree = (): void => {
    const { socket } = this.#line
    const isFit =
      this.#mayBeReused &&
      this.#framing.isExactlyWhole &&
      this.request.writableFinished &&
      !socket.destroyed &&
      socket.writable &&
      socket.readableLength === 0
    this.#settle(isFit)
  }

  readonly #follow = (bytes: Buffer): void => {
    this.#framing.push(bytes)
    // Node's parser hands on copies, so nobody holds this chunk after its turn, but for what is behind a 101.
    if (this.#isReleasing) process.nextTick(this.#release, bytes)
  }

  readonly #release = (bytes: Buffer): void => {
    if (this.#isReleasing) releaseChunk(bytes)
  }

  #settle(isFit: boolean, cause?: Error): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#unhook()
    if (isFit) {
      this.#line.socket.off('error', ignore)
      this.#line.release()
    } else {
      this.#line.destroy(cause)
    }
  }

  #unhook(): void {
    this.#line.socket.off('data', this.#follow)
    this.#line.socket.off('free', this.#onFree)
  }
}

function ignore(): void {}
