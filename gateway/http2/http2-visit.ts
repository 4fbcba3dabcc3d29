/** A visit by HTTP/2: one stream among others of a connection. */
import { constants, type ServerHttp2Stream } from 'node:http2'
import { TildegateError } from '../../shared/errors.ts'
import { type CheckedRequest, checkRequest } from '../http/request-checks.ts'
import type { VisitorContext } from '../http/request-mapping.ts'
import { NeedsHttp11, Visit, type VisitorConnection } from '../http/visit.ts'
import type { Http2Request } from './http2-request.ts'
import type { Http2Response } from './http2-response.ts'

/** Streams are served beside each other, and none can have a back-connection for the visitor's connection. */
const sharedConnection: VisitorConnection = {
  isClosing: false,
  isShared: true,
  take(_, serve) {
    void serve()
    return true
  },
  takeNoMore() {},
  pinned: () => undefined,
  pin() {
    throw new NeedsHttp11('A login of the connection needs a connection of its own.')
  },
}

export class Http2Visit extends Visit {
  readonly request: Http2Request
  readonly response: Http2Response
  readonly connection = sharedConnection
  readonly over: Promise<void>
  readonly http = '2'
  readonly showsCuts = true
  readonly #stream: ServerHttp2Stream

  constructor(request: Http2Request, response: Http2Response, context: VisitorContext) {
    const expectsContinue = request.headers.expect?.toLowerCase() === '100-continue'
    super(context, { expectsContinue, isUpgrade: false })
    const { stream } = request
    this.request = request
    this.response = response
    this.#stream = stream
    this.over = new Promise(resolve => {
      stream.once('aborted', this.leave)
      stream.once('close', () => {
        this.leave()
        resolve()
      })
      if (stream.destroyed) resolve()
    })
  }

  get isGone(): boolean {
    return this.#stream.destroyed || this.#stream.closed
  }

  openAnswer(): Http2Response {
    return this.response
  }

  check(): CheckedRequest {
    const { malformed } = this.request
    if (malformed !== undefined) throw new TildegateError('request-malformed', { reason: malformed })
    return checkRequest(this.request)
  }

  lingerAfterAnswer(): void {
    this.response.endRequestAfterwards()
  }

  cut(): void {
    this.#reset(constants.NGHTTP2_INTERNAL_ERROR)
  }

  drop(cause?: Error): void {
    const needsHttp11 = cause instanceof NeedsHttp11
    this.#reset(needsHttp11 ? constants.NGHTTP2_HTTP_1_1_REQUIRED : constants.NGHTTP2_CANCEL)
  }

  /** Does not wait for the visitor to hear of it: it may be one that reads nothing any more. */
  #reset(code: number): void {
    if (!this.#stream.destroyed) this.#stream.close(code)
    this.#stream.destroy()
  }
}
