/** Limits of handshakes and guesses: whoever met one is accepted again, from the same address. */
import type { Duplex } from 'node:stream'
import { expect } from 'vitest'
import type { GatewayLimits } from '../../../gateway/limits.ts'
import { type Dial, overTcp, prove, upgrade } from '../../interop/foreign-agent.ts'
import { bites } from '../../support/bites.ts'
import { type RunningGateway, runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const control = '/.tildegate/control'
/** What the gateway says to a guess too many. */
const refused = expect.objectContaining({ message: expect.stringMatching(/^status 4$/) }) as Error

/** The agent with the password gets in, from where the trouble came. */
async function accepted({ agent }: RunningGateway): Promise<void> {
  const one = await agent()
  await one.ping()
  one.channel.close(0)
  await one.closed()
}

bites('handshakeMs', 'one that is not finished in time is closed, and the next is accepted', async () => {
  const clock = new VirtualClock()
  const gateway = await runGateway({ clock })
  const { socket } = await upgrade(gateway.port, control)
  const closed = new Promise(resolve => socket.resume().once('close', resolve))
  await clock.pass(9_999)
  expect(socket.destroyed).toBe(false)
  await clock.pass(1)
  await closed
  await accepted(gateway)
})

async function tooManyUnfinished(limits: Partial<GatewayLimits>): Promise<void> {
  const gateway = await runGateway({ limits })
  const status = async () => {
    const { status, socket } = await upgrade(gateway.port, control)
    socket.destroy()
    return status
  }
  const held: Duplex[] = []
  while (held.length < 2) held.push((await upgrade(gateway.port, control)).socket)
  expect(await status()).toBe(503)
  for (const socket of held) socket.destroy()
  await expect.poll(status).toBe(101)
  await expect.poll(() => accepted(gateway).then(() => 'accepted', String)).toBe('accepted')
}
bites('unfinishedHandshakesPerAddress', 'one too many is 503, and one later is accepted', () =>
  tooManyUnfinished({ unfinishedHandshakesPerAddress: 2 }),
)
bites('unfinishedHandshakes', 'one too many in all is 503, and one later is accepted', () =>
  tooManyUnfinished({ unfinishedHandshakes: 2 }),
)

async function tooManyGuesses(limits: Partial<GatewayLimits>, guessed: string): Promise<void> {
  const clock = new VirtualClock()
  const gateway = await runGateway({ clock, limits })
  for (let at = 0; at < 2; at++) await expect(prove(gateway.port, guessed, `wrong ${at}`)).rejects.toThrow()
  await expect(prove(gateway.port, 'srv', 'pw')).rejects.toEqual(refused)
  await clock.pass(59_999)
  await expect(prove(gateway.port, 'srv', 'pw')).rejects.toEqual(refused)
  await clock.pass(1)
  await accepted(gateway)
}
bites('failedGuessesPerNameAndAddressPerMinute', 'keep out the right one for a minute, and no longer', () =>
  tooManyGuesses({ failedGuessesPerNameAndAddressPerMinute: 2 }, 'srv'),
)
bites(
  'failedGuessesPerAddressPerMinute',
  'keep out those of other names too for a minute, and no longer',
  () => tooManyGuesses({ failedGuessesPerAddressPerMinute: 2 }, 'other'),
)

bites(
  'countedAddresses',
  'the oldest leaves for a new one, and that is let in after its minute',
  async () => {
    const clock = new VirtualClock()
    const { port } = await runGateway({
      ...{ clock, proxyProtocolFrom: ['127.0.0.1'] },
      limits: { countedAddresses: 1, failedGuessesPerNameAndAddressPerMinute: 1 },
    })
    const from =
      (address: string): Dial =>
      async to => {
        const socket = await overTcp(to)
        socket.write(`PROXY TCP4 ${address} 198.51.100.1 4711 443\r\n`)
        return socket
      }
    const [old, young] = [from('192.0.2.1'), from('192.0.2.2')]
    await expect(prove(port, 'srv', 'wrong', old)).rejects.toThrow()
    await expect(prove(port, 'srv', 'pw', old)).rejects.toEqual(refused)
    await expect(prove(port, 'srv', 'wrong', young)).rejects.toThrow()
    await prove(port, 'srv', 'pw', old)
    await expect(prove(port, 'srv', 'pw', young)).rejects.toEqual(refused)
    await clock.pass(60_000)
    await prove(port, 'srv', 'pw', young)
  },
)

const isLogged = ({ lines }: RunningGateway, limit: string) =>
  lines.some(line => line.includes(`"limit":"${limit}"`))

bites('curveQueue', 'refuses those of a burst that find no room, and accepts one after it', async () => {
  const limits = { curveQueue: 1, failedGuessesPerNameAndAddressPerMinute: 1_000 }
  const gateway = await runGateway({ limits })
  const burst = await Promise.allSettled(Array.from({ length: 50 }, () => prove(gateway.port, 'srv', 'pw')))
  expect(burst.some(one => one.status === 'rejected')).toBe(true)
  expect(isLogged(gateway, 'curve-queue')).toBe(true)
  for (const one of burst) if (one.status === 'fulfilled') one.value.socket.destroy()
  await accepted(gateway)
})

bites('curveQueueMs', 'one whose turn comes too late is refused, and one later is accepted', async () => {
  /** Each look at it takes so long. */
  class SlowClock extends VirtualClock {
    lookMs = 0
    #late = 0
    override now(): number {
      this.#late += this.lookMs
      return super.now() + this.#late
    }
  }
  const clock = new SlowClock()
  const gateway = await runGateway({ clock })
  clock.lookMs = 5_001
  await expect(prove(gateway.port, 'srv', 'pw')).rejects.toThrow()
  expect(isLogged(gateway, 'curve-queue-time')).toBe(true)
  clock.lookMs = 0
  await accepted(gateway)
})

bites('resolveMs', 'a rule whose domain takes too long refuses, and accepts when it is found', async () => {
  const clock = new VirtualClock()
  let isAsked = false
  const resolve = () => {
    if (isAsked) return Promise.resolve(['127.0.0.1'])
    isAsked = true
    return new Promise<string[]>(() => {})
  }
  const gateway = await runGateway({ balance: '/~~srv=pw#:*agent.example;\n', clock, resolve })
  const first = expect(gateway.agent()).rejects.toMatchObject({ code: 'address-refused' })
  await expect.poll(() => isAsked).toBe(true)
  await clock.pass(5_000)
  await first
  await accepted(gateway)
})
