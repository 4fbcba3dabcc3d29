/** What an extension, a CLOSE, a flood after the end and a signal do to the channel and the handshake. */
import { describe, expect, it } from 'vitest'
import { decodeFrame } from '../../../shared/protocol/frames.ts'
import { gatewayEnd, hello, turns } from './channel-ends.ts'
import { beginHandshake } from './handshake-ends.ts'

const ping = { type: 'ping', id: 1n } as const
const ended = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(17)])

describe('the extension 0x80', () => {
  it.each(['80', '80010203', `80${'00'.repeat(16)}02`, `80${'00'.repeat(18)}`])(
    'is ignored where it is not ours: %s',
    hex => {
      expect(decodeFrame(Buffer.from(hex, 'hex'), 'a2g')).toBeUndefined()
      expect(decodeFrame(Buffer.from(hex, 'hex'), 'g2a')).toBeUndefined()
    },
  )

  it('is ignored before HELLO', async () => {
    const end = gatewayEnd()
    end.wire.write(Buffer.concat([end.seal(ended), end.sealFrame(hello)]))
    expect(await end.channel.first()).toEqual(hello)
  })
})

describe('the end of a channel', () => {
  it('nothing is delivered after CLOSE, and it is answered by our end', async () => {
    const end = gatewayEnd()
    end.wire.resume()
    const close = { type: 'close', code: 0, text: '' } as const
    end.wire.write(Buffer.concat([end.sealFrame(hello), end.sealFrame(close), end.sealFrame(ping)]))
    await end.channel.first()
    end.start()
    await turns()
    expect(end.frames).toEqual([close])
    expect(end.wire.readableEnded).toBe(true)
    await end.clock.pass(5_000)
    expect(end.closes).toEqual([undefined])
    expect(end.pair.b.destroyed).toBe(true)
    expect(end.clock.waiting).toBe(0)
  })

  it.each([
    ['started', true],
    ['never started', false],
  ])('a flood after close costs the channel nothing, %s', async (_, isStarted) => {
    const end = gatewayEnd()
    end.wire.write(end.sealFrame(hello))
    await end.channel.first()
    if (isStarted) end.start()
    end.channel.close(0)
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 600; i++) {
      end.wire.write(Buffer.alloc(16_384, i))
      await turns(1)
    }
    // The pair keeps what was written: that much is the test's own.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2.2 * 600 * 16_384)
    expect(end.pair.b.destroyed).toBe(false)
    expect(end.closes).toEqual([])
  })
})

describe('the end of a handshake', () => {
  it('has the reason of the signal, whatever it waited for', async () => {
    const reason = new Error('the user stopped it')
    for (const silentAfter of [0, 37, 71, 105]) {
      const controller = new AbortController()
      const { agent } = beginHandshake({
        agent: { signal: controller.signal },
        pair: { bToA: { silentAfter } },
      })
      await turns(10)
      controller.abort(reason)
      await expect(agent, `after ${silentAfter} bytes`).rejects.toBe(reason)
    }
  })

  it('a network that fails between M5 and M6 is not taken for a wrong password', async () => {
    const { agent, pair } = beginHandshake({ pair: { bToA: { silentAfter: 71 } } })
    await turns(10)
    pair.a.destroy(Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT' }))
    await expect(agent).rejects.toMatchObject({ code: 'connection-lost' })
  })
})
