/** The handshake between our two sides: success, each refusal, deadlines at each step, cuts anywhere. */
import { describe, expect, it } from 'vitest'
import { CurveQueue } from '../../../net/seal/index.ts'
import { closeCodes } from '../../../shared/protocol/frames.ts'
import { Secret } from '../../../shared/secret.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { turns } from './channel-ends.ts'
import { beginHandshake, messageLengths, welcome } from './handshake-ends.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })
const wrongPassword = { agent: { password: Secret.fromText('wrong') } }

describe('agent and gateway', () => {
  it.each([
    ['whole', []],
    ['byte by byte', 'every-byte'],
  ] as const)('come to the same keys, the bytes arriving %s', async (_, splitAt) => {
    const { agent, gateway } = beginHandshake({ pair: { aToB: { splitAt }, bToA: { splitAt } } })
    const proven = await gateway
    expect(proven).toMatchObject({ name: 'srv', hello: { agent: 'test/1', outer: { tls: false } } })
    proven.channel.send({ type: 'welcome', welcome })
    proven.channel.send({ type: 'pong', id: 5n })
    const { channel, welcome: received } = await agent
    expect(received).toEqual(welcome)
    expect(Buffer.from(channel.exporter)).toEqual(Buffer.from(proven.channel.exporter))
    const frames: unknown[] = []
    channel.start({ onFrame: frame => frames.push(frame), onClose: () => {} })
    await turns()
    expect(frames).toEqual([{ type: 'pong', id: 5n }])
  })

  it('have keys of their own in each handshake', async () => {
    const exporters = await Promise.all(
      [1, 2].map(async () => Buffer.from((await beginHandshake().gateway).channel.exporter).toString('hex')),
    )
    expect(exporters[0]).not.toBe(exporters[1])
  })

  it('HELLO is made with the exporter of this handshake', async () => {
    const exporters: Uint8Array[] = []
    const { gateway } = beginHandshake({
      agent: {
        hello: exporter => {
          exporters.push(Uint8Array.from(exporter))
          return { agent: 'test/1', os: 'none', outer: { tls: false } }
        },
      },
    })
    const { channel } = await gateway
    expect(exporters.map(one => Buffer.from(one))).toEqual([Buffer.from(channel.exporter)])
  })

  it('leave no timer behind', async () => {
    const { agent, gateway, clock } = beginHandshake()
    const { channel } = await gateway
    channel.send({ type: 'welcome', welcome })
    await agent
    expect(clock.waiting).toBe(0)
  })

  it.each([
    ['busy', 'name-in-use'],
    ['address', 'address-refused'],
    ['disabled', 'tunnel-disabled'],
    ['overloaded', 'gateway-overloaded'],
  ] as const)('REFUSED %s is the error %s, with the time to wait', async (refusal, expected) => {
    const { agent, gateway, pair } = beginHandshake()
    const { channel } = await gateway
    channel.send({ type: 'refused', refused: { code: refusal, message: 'm', retryAfterMs: 1_234 } })
    channel.close(closeCodes.normal)
    await expect(agent).rejects.toMatchObject({ code: expected, details: { retryAfterMs: 1_234 } })
    expect(pair.a.destroyed).toBe(true)
  })

  it('a gateway that stops says so in place of WELCOME', async () => {
    const { agent, gateway } = beginHandshake()
    ;(await gateway).channel.close(closeCodes.gatewayStops)
    await expect(agent).rejects.toEqual(code('gateway-stopping'))
  })

  it('a wrong password is counted as one guess, and neither side goes on', async () => {
    const { agent, gateway, guesses, pair } = beginHandshake(wrongPassword)
    await expect(gateway).rejects.toEqual(code('password-refused'))
    await expect(agent).rejects.toEqual(code('password-refused'))
    expect(guesses).toEqual(['srv'])
    expect([pair.a.destroyed, pair.b.destroyed]).toEqual([true, true])
  })

  it('a gateway that does not know the password is found out by its Tb', async () => {
    // Its last message arrives changed: the same as a rogue gateway that guesses.
    const tagBegins = 2 + 35 + 2 + 32 + 2
    const { agent } = beginHandshake({
      pair: { bToA: { change: (byte, offset) => (offset === tagBegins ? byte ^ 1 : byte) } },
    })
    await expect(agent).rejects.toEqual(code('gateway-not-proven'))
  })

  it('too many guesses get status 4 before anything is computed or drawn', async () => {
    const curveQueue = new CurveQueue(new VirtualClock())
    const random = {
      bytes: () => {
        throw new Error('nothing may be drawn')
      },
      fraction: () => 0,
    }
    curveQueue.run = () => {
      throw new Error('no curve work')
    }
    const asked: string[] = []
    const mayGuess = (name: string) => {
      asked.push(name)
      return false
    }
    const { agent, gateway, pair, guesses } = beginHandshake({ gateway: { mayGuess, curveQueue, random } })
    await expect(gateway).rejects.toEqual(code('gateway-overloaded'))
    await expect(agent).rejects.toEqual(code('gateway-overloaded'))
    expect(pair.written.byB().toString('hex')).toBe('00020401')
    expect([asked, guesses]).toEqual([['srv'], []])
  })

  it('a full queue gets status 4', async () => {
    const { agent, pair } = beginHandshake({ gateway: { curveQueue: new CurveQueue(new VirtualClock(), 0) } })
    await expect(agent).rejects.toEqual(code('gateway-overloaded'))
    expect(pair.written.byB().toString('hex')).toBe('00020401')
  })

  const m1End = 2 + 42
  const m3End = m1End + 2 + 32
  const m5End = m3End + 2 + 32
  it.each([
    ['M1', 0],
    ['the rest of M1', 20],
    ['M3', m1End],
    ['M5', m3End],
    ['HELLO', m5End],
    ['the rest of HELLO', m5End + 30],
  ])('the gateway waits for %s until 10 s after the begin, not longer', async (_, heard) => {
    const { gateway, clock, pair } = beginHandshake({ pair: { aToB: { silentAfter: heard } } })
    // Curve work takes turns of the loop: it is to be done before time passes.
    await turns(10)
    await clock.pass(9_999)
    expect(pair.b.destroyed).toBe(false)
    await clock.pass(1)
    await expect(gateway).rejects.toMatchObject({ code: 'handshake-timeout', details: { seconds: 10 } })
    expect(pair.b.destroyed).toBe(true)
    expect(pair.written.byB().length).toBe(heard < m1End ? 0 : heard < m3End ? 37 : heard < m5End ? 71 : 105)
  })

  it.each([
    ['M2', 0],
    ['M4', 37],
    ['M6', 71],
    ['WELCOME', 105],
  ])('the agent waits for %s until 10 s after the begin, not longer', async (_, heard) => {
    const { agent, clock, pair } = beginHandshake({ pair: { bToA: { silentAfter: heard } } })
    // Curve work takes turns of the loop: it is to be done before time passes.
    await turns(10)
    await clock.pass(9_999)
    expect(pair.a.destroyed).toBe(false)
    await clock.pass(1)
    await expect(agent).rejects.toMatchObject({ code: 'handshake-timeout', details: { seconds: 10 } })
    expect(pair.a.destroyed).toBe(true)
  })

  it('a line cut at any byte of either side ends both, and nothing is left', async () => {
    const whole = beginHandshake()
    await whole.gateway
    const [byA, byB] = [whole.pair.written.byA().length, whole.pair.written.byB().length]
    const cuts = [
      ...Array.from({ length: byA - 1 }, (_, i) => ({ aToB: { cutAfter: i + 1 } })),
      ...Array.from({ length: byB - 1 }, (_, i) => ({ bToA: { cutAfter: i + 1 } })),
    ]
    for (const pair of cuts) {
      const { agent, gateway, clock } = beginHandshake({ pair })
      const [ofAgent] = await Promise.all([agent.catch((error: unknown) => error), gateway.catch(() => {})])
      const told = JSON.stringify(pair)
      expect(['connection-lost', 'password-refused'], told).toContain((ofAgent as { code: string }).code)
      expect(clock.waiting, told).toBe(0)
    }
  })

  it('send lengths that tell nothing but the name’s', async () => {
    const { gateway, pair } = beginHandshake()
    await gateway
    expect(messageLengths(pair.written.byA(), 3)).toEqual([39 + 3, 32, 32])
    expect(messageLengths(pair.written.byB(), 3)).toEqual([35, 32, 32])
  })
})
