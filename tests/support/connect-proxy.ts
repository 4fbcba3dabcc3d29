/** An HTTP proxy for CONNECT on loopback, for what the proxy lab does not show: it may refuse with any status, and it counts. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ConnectProxyOptions {
  /** The head of its answer in place of a way. */
  readonly refusal?: string
  readonly port?: number
  readonly host?: string
  readonly onAsked?: (destination: string) => void
}

export async function startConnectProxy(options: ConnectProxyOptions = {}) {
  const { refusal, port = 0, host = '127.0.0.1', onAsked } = options
  const sockets = new Set<Socket>()
  /** The destinations asked for, in order. */
  const asked: string[] = []
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer()
  server.on('connection', keep)
  server.on('connect', (request, client: Socket, early: Buffer) => {
    asked.push(request.url ?? '')
    onAsked?.(request.url ?? '')
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const { hostname, port } = new URL(`tcp://${request.url}`)
    const far = connect(Number(port), hostname)
    keep(far)
    far.on('error', () => client.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'))
    far.on('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      far.write(early)
      far.pipe(client).pipe(far)
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    asked,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
