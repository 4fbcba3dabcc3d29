/**
 * A target that believes every byte: it takes whatever looks like a request on its connection for one, and says in
 * its answer what it was asked for. So bytes that slip out of one visitor's request become somebody's answer.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

export interface TakenRequest {
  readonly line: string
  readonly head: string
  readonly body: string
}

export class TrustingTarget {
  readonly requests: TakenRequest[] = []
  connections = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor() {
    this.#server = createServer({ noDelay: true }, socket => this.#serve(socket))
  }

  static async open(): Promise<TrustingTarget> {
    const target = new TrustingTarget()
    target.#server.listen(0, '127.0.0.1')
    await once(target.#server, 'listening')
    return target
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.connections++
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.#sockets.delete(socket))
    let text = ''
    socket.on('data', bytes => {
      text += bytes.toString('latin1')
      for (let taken = takeRequest(text); taken !== undefined; taken = takeRequest(text)) {
        text = taken.rest
        this.requests.push(taken.request)
        const body = taken.request.line.replace(/ HTTP\/1\.1$/, '')
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`, 'latin1')
      }
    })
  }
}

function takeRequest(text: string): { request: TakenRequest; rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = text.slice(0, end)
  const [line = ''] = head.split('\r\n', 1)
  const behind = text.slice(end + 4)
  const body = /\r\ntransfer-encoding: *chunked/i.test(head) ? chunks(behind) : counted(head, behind)
  if (body === undefined) return undefined
  return { request: { line, head, body: body.text }, rest: behind.slice(body.bytes) }
}

function counted(head: string, behind: string): { text: string; bytes: number } | undefined {
  const bytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  return behind.length < bytes ? undefined : { text: behind.slice(0, bytes), bytes }
}

function chunks(behind: string): { text: string; bytes: number } | undefined {
  let text = ''
  for (let at = 0; ; ) {
    const [line, digits = ''] = /^([0-9a-f]+)[^\r\n]*\r\n/i.exec(behind.slice(at)) ?? []
    if (line === undefined) return undefined
    const size = Number.parseInt(digits, 16)
    at += line.length
    if (size === 0) {
      const trailers = /^(?:[^\r\n]+\r\n)*\r\n/.exec(behind.slice(at))?.[0]
      return trailers === undefined ? undefined : { text, bytes: at + trailers.length }
    }
    if (behind.length < at + size + 2) return undefined
    text += behind.slice(at, at + size)
    at += size + 2
  }
}
