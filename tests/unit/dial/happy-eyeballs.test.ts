/** Several addresses of one name, one of which does not answer: which one a connection is made to, and when. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectFirst, type ResolvedAddress } from '../../../net/dial/happy-eyeballs.ts'
import { connectTcp } from '../../../net/dial/index.ts'
import { systemClock } from '../../../net/world.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const v4 = (address: string): ResolvedAddress => ({ address, family: 4 })
const v6: ResolvedAddress = { address: '::1', family: 6 }
const { signal } = new AbortController()

async function listening(host: string, port = 0): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.end(host)
  })
  server.listen(port, host)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** An address that answers nothing: a listener that is stopped, with its queue full. */
async function deaf(host: string, port: number): Promise<void> {
  const script = `require('net').createServer().listen({host:'${host}',port:${port},backlog:1},()=>console.log('up'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const waiting: Socket[] = []
  onTestFinished(() => {
    for (const socket of waiting) socket.destroy()
    child.kill('SIGKILL')
  })
  await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  for (let i = 0; i < 8; i++) {
    const socket = connect(port, host).on('error', () => {})
    waiting.push(socket)
    const hasConnected = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<false>(resolve => setTimeout(() => resolve(false), 100)),
    ])
    if (!hasConnected) return
  }
  throw new Error('its queue does not fill')
}

async function whom(socket: Socket): Promise<string> {
  onTestFinished(() => void socket.destroy())
  return String((await once(socket, 'data'))[0])
}

describe.skipIf(process.platform !== 'linux')('of several addresses [Linux: all of 127/8]', () => {
  it('the next is tried while the first does not answer, and the first is let go', async () => {
    const port = await listening('127.0.0.1')
    await deaf('127.0.0.2', port)
    const begin = performance.now()
    const socket = await connectFirst([v4('127.0.0.2'), v4('127.0.0.1')], {
      port,
      clock: systemClock,
      signal,
    })
    expect(await whom(socket)).toBe('127.0.0.1')
    expect(performance.now() - begin).toBeLessThan(1_500)
  })

  it('the next is tried at once where the first refuses', async () => {
    const port = await listening('127.0.0.1')
    const socket = await connectFirst([v4('127.0.0.3'), v4('127.0.0.1')], {
      port,
      clock: new VirtualClock(),
      signal,
    })
    expect(await whom(socket)).toBe('127.0.0.1')
  })

  it('the first that answers is taken, be it slow', async () => {
    const port = await listening('127.0.0.1')
    await deaf('127.0.0.2', port)
    const clock = new VirtualClock()
    const racing = connectFirst([v4('127.0.0.2'), v4('127.0.0.4'), v4('127.0.0.1')], { port, clock, signal })
    await clock.pass(250)
    expect(await whom(await racing)).toBe('127.0.0.1')
  })

  it('both families take turns, beginning with the resolver’s', async () => {
    const port = await listening('::1')
    const clock = new VirtualClock()
    await deaf('127.0.0.2', port)
    const racing = connectFirst([v4('127.0.0.2'), v4('127.0.0.2'), v6], { port, clock, signal })
    await clock.pass(250)
    expect(await whom(await racing)).toBe('::1')
  })

  it('none that answers is told of by what the system says', async () => {
    const port = await listening('127.0.0.1')
    const addresses = [v4('127.0.0.5'), v4('127.0.0.6')]
    await expect(connectFirst(addresses, { port, clock: systemClock, signal })).rejects.toMatchObject({
      errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }],
    })
  })

  it('none is waited for longer than the deadline, and nothing is left open', async () => {
    const port = await listening('127.0.0.1')
    await deaf('127.0.0.2', port)
    const clock = new VirtualClock()
    const outcome = connectTcp({ host: '127.0.0.2', port }, { clock, signal, connectMs: 10_000 }).catch(
      (cause: unknown) => cause,
    )
    await clock.pass(10_000)
    expect(await outcome).toMatchObject({ code: 'dial-timeout', details: { seconds: 10 } })
    expect(clock.waiting).toBe(0)
  })
})
