/** A destination that speaks first, as some do, and a word exchanged with it through proxies. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { hopResolver } from '../../../agent/index.ts'
import { createDialer, type DialerSettings, type Line } from '../../../net/dial/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { parseBackbalance } from '../../../shared/balance/index.ts'

export async function startEcho(host = '127.0.0.1') {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.write('early ')
    socket.pipe(socket)
  })
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port }
}

/** As an entry of backbalance.bin writes the way. */
export function routeOf(gateway: string, hops: readonly string[]) {
  const { entries, diagnostics } = parseBackbalance(`/~~a=pw#${gateway} -> ${hops.join(' -> ')};`, 'line')
  const [entry] = entries
  if (entry === undefined) throw new Error(diagnostics.map(({ message }) => message).join(', '))
  return entry
}

export function dialThrough(
  gateway: string,
  hops: readonly string[],
  options: Partial<DialerSettings> = {},
  signal = new AbortController().signal,
): Promise<Line> {
  const dialer = createDialer({
    clock: systemClock,
    random: systemRandom,
    resolveHops: hopResolver({ environment: {} }),
    ...options,
  })
  return dialer.dial(routeOf(gateway, hops), { signal })
}

/** `early word` where nothing is lost on the way. */
export async function exchangeWord(stream: Duplex): Promise<string> {
  stream.write('word')
  let text = ''
  stream.on('data', (bytes: Buffer) => {
    text += bytes.toString()
    if (text.endsWith('word')) stream.end()
  })
  await once(stream, 'close')
  return text
}

export async function speak(
  hops: readonly string[],
  options: Partial<DialerSettings> & { gateway?: string } = {},
): Promise<string> {
  const { gateway = `http://127.0.0.1:${(await startEcho()).port}`, ...settings } = options
  const line = await dialThrough(gateway, hops, settings)
  onTestFinished(() => line.reset())
  return exchangeWord(line.socket)
}
