/**
 * `node bench/attacks.ts KIND HOST PORT TLS-PORT BASE`: one attack on a gateway, or on another proxy, until it is ended. Says `ready`, begins at
 * SIGUSR2, and says `on` when it has what it wants to hold. The rates are those of an attacker with one line of some 25 Mbit/s; it comes by
 * a balancer within 127.0.9.0/24, whose PROXY header names addresses that nobody else has.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const [, , kind = '', host = '', port = '', tlsPort = '', base = ''] = process.argv
const secondMs = 1_000
const tickMs = 10
const newPerSecond = 2_000
const lone = '192.0.2.1'
/** One of 400 addresses. */
const ofMany = (at: number) => `198.18.${at % 2}.${1 + (at % 200)}`
/** Another one for each attack: the ports of the last one are not free yet. */
const balancer = `127.0.9.${1 + (process.pid % 250)}`

function dial(from = lone, to = port): Socket {
  const socket = connect({ host, port: Number(to), localAddress: balancer, noDelay: true })
  socket.write(`PROXY TCP4 ${from} 192.0.2.250 4711 443\r\n`)
  return socket.on('error', () => {})
}

const head = (line: string, ...fields: string[]) =>
  `${[line, 'Host: gateway', ...fields].join('\r\n')}\r\n\r\n`

/** So many each second, evenly, until `count` of them were done; what was late is not made up for by a burst. */
function each(perSecond: number, act: (at: number) => void, count = Number.POSITIVE_INFINITY): Promise<void> {
  let [done, due, last] = [0, 0, performance.now()]
  return new Promise(resolve => {
    const timer = setInterval(() => {
      const now = performance.now()
      due = Math.min(count, due + (Math.min(now - last, 2 * tickMs) / secondMs) * perSecond)
      last = now
      while (done < due) act(done++)
      if (done < count) return
      clearInterval(timer)
      resolve()
    }, tickMs)
  })
}

function begin(perSecond: number, act: () => void): undefined {
  void each(perSecond, act)
}

/** Holds so many at once; whoever is closed is replaced a second later. */
async function hold(count: number, open: (at: number) => Socket): Promise<void> {
  const one = (at: number) => {
    const socket = open(at).once('close', () => setTimeout(() => void one(at), secondMs))
    return Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
  }
  const opening: Promise<unknown>[] = []
  await each(newPerSecond, at => void opening.push(one(at)), count)
  await Promise.all(opening)
}

/** One byte each second; the text begins anew at its end. */
function drip(socket: Socket, text: string): Socket {
  let at = 0
  socket.resume()
  const timer = setInterval(() => void socket.write(text[at++ % text.length] ?? ''), secondMs)
  socket.once('close', () => clearInterval(timer))
  return socket
}

/** Sent by a new connection, which is left when it is answered or after a second. */
function send(text: string): void {
  const socket = dial()
  socket.write(text)
  socket.once('data', () => socket.destroy())
  socket.setTimeout(secondMs, () => socket.destroy())
}

/** Asks once, and rests. */
function idler(from: string): Socket {
  const socket = dial(from)
  socket.write(head('GET /favicon.ico HTTP/1.1'))
  return socket.resume()
}

const manyFields = Array.from({ length: 1_900 }, (_, at) => `x${at % 90}: 1`)
const noTicket = head(
  'GET /.tildegate/data HTTP/1.1',
  ...['Connection: Upgrade', 'Upgrade: tildegate/1', `Tildegate-Ticket: ${'A'.repeat(86)}`],
)

/** Those without an end are on at once. */
const attacks: Readonly<Record<string, () => Promise<unknown> | undefined>> = {
  idle: () => hold(10_000, at => idler(ofMany(at))),
  'idle-of-one': () => hold(10_000, () => idler(lone)),
  silent: () => hold(2_000, () => dial().resume()),
  'slow-heads': () => hold(1_000, () => drip(dial(), `GET ${base} HTTP/1.1\r\nHost: gateway\r\nx: `)),
  'slow-bodies': () =>
    hold(400, () => {
      const socket = dial()
      socket.write(head(`POST ${base}hash HTTP/1.1`, 'Content-Length: 1000000'))
      return drip(socket, 'x')
    }),
  'huge-heads': () => begin(50, () => send(head('GET / HTTP/1.1', `x: ${'x'.repeat(64 * 1024)}`))),
  'many-fields': () => begin(150, () => send(head(`GET ${base} HTTP/1.1`, ...manyFields))),
  garbage: () => begin(200, () => send('\x00\x01garbage\r\n\r\n')),
  'no-ticket': () => begin(200, () => send(noTicket)),
  reset: () =>
    begin(400, () =>
      dial().once('connect', function (this: Socket) {
        this.resetAndDestroy()
      }),
    ),
  'tls-handshakes': () =>
    begin(50, () => {
      const socket = connectTls({ socket: dial(lone, tlsPort), rejectUnauthorized: false })
      socket.on('error', () => {}).once('secureConnect', () => socket.destroy())
    }),
}

process.stdout.write('ready\n')
const idling = setInterval(() => {}, secondMs)
await once(process, 'SIGUSR2')
clearInterval(idling)
await attacks[kind]?.()
process.stdout.write('on\n')
