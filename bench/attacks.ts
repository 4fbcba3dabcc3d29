/**
 * `node bench/attacks.ts KIND HOST PORT TLS-PORT TUNNEL`: one attack on a gateway, from 127.0.0.2, until it is ended. Says `on` when it is
 * under way. The rates are those of an attacker with one line of some 25 Mbit/s: cheap for the attacker, which shares the machine.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const [, , kind = '', host = '', port = '', tlsPort = '', tunnel = ''] = process.argv
const from = '127.0.0.2'
const secondMs = 1_000

function dial(to = port): Socket {
  const socket = connect({ host, port: Number(to), localAddress: from, noDelay: true })
  return socket.on('error', () => {})
}

const head = (line: string, ...fields: string[]) =>
  `${[line, 'Host: gateway', ...fields].join('\r\n')}\r\n\r\n`

/** Holds so many at once, opened a few at a time; whoever is closed is replaced a second later. */
async function hold(count: number, open: () => Socket): Promise<void> {
  const one = (): Promise<unknown> => {
    const socket = open()
    socket.once('close', () => void setTimeout(() => void one(), secondMs))
    return Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
  }
  for (let opened = 0; opened < count; opened += 50)
    await Promise.all(Array.from({ length: Math.min(50, count - opened) }, one))
}

/** One byte each second, all of them a little apart; the text begins anew at its end. */
function drip(socket: Socket, text: string): Socket {
  let at = 0
  socket.resume()
  const timer = setInterval(() => void socket.write(text[at++ % text.length] ?? ''), secondMs)
  socket.once('close', () => clearInterval(timer))
  return socket
}

/** So many each second, evenly. */
function each(perSecond: number, act: () => void): Promise<void> {
  let [done, since] = [0, performance.now()]
  setInterval(() => {
    for (const due = ((performance.now() - since) / secondMs) * perSecond; done < due; done++) act()
  }, 10)
  return Promise.resolve()
}

/** Sent by a new connection, which is left when it is answered or after a second. */
function send(text: string): void {
  const socket = dial()
  socket.write(text)
  socket.once('data', () => socket.destroy())
  socket.setTimeout(secondMs, () => socket.destroy())
}

const manyFields = Array.from({ length: 1_900 }, (_, at) => `x${at % 90}: 1`)
const noTicket = head(
  'GET /.tildegate/data HTTP/1.1',
  ...['Connection: Upgrade', 'Upgrade: tildegate/1', `Tildegate-Ticket: ${'A'.repeat(86)}`],
)

const attacks: Readonly<Record<string, () => Promise<void>>> = {
  idle: () =>
    hold(10_000, () => {
      const socket = dial()
      socket.write(head('GET /favicon.ico HTTP/1.1'))
      return socket.resume()
    }),
  silent: () => hold(2_000, () => dial().resume()),
  'slow-heads': () => hold(1_000, () => drip(dial(), `GET /~~${tunnel}/ HTTP/1.1\r\nHost: gateway\r\nx: `)),
  'slow-bodies': () =>
    hold(400, () => {
      const socket = dial()
      socket.write(head(`POST /~~${tunnel}/hash HTTP/1.1`, 'Content-Length: 1000000'))
      return drip(socket, 'x')
    }),
  'huge-heads': () => each(50, () => send(head('GET / HTTP/1.1', `x: ${'x'.repeat(64 * 1024)}`))),
  'many-fields': () => each(150, () => send(head(`GET /~~${tunnel}/ HTTP/1.1`, ...manyFields))),
  garbage: () => each(200, () => send('\x00\x01garbage\r\n\r\n')),
  'no-ticket': () => each(200, () => send(noTicket)),
  reset: () =>
    each(400, () =>
      dial().once('connect', function (this: Socket) {
        this.resetAndDestroy()
      }),
    ),
  'tls-handshakes': () =>
    each(50, () => {
      const socket = connectTls({ socket: dial(tlsPort), rejectUnauthorized: false })
      socket.on('error', () => {}).once('secureConnect', () => socket.destroy())
    }),
}

await attacks[kind]?.()
process.stdout.write('on\n')
