/** The sealed channel: order of frames, every split, violations, ends. */
import { describe, expect, it } from 'vitest'
import { gatewayEnd, hello, turns } from './channel-ends.ts'

const ping = (id: bigint) => ({ type: 'ping', id }) as const
const violation = expect.objectContaining({ code: 'protocol-violation' })
const lost = expect.objectContaining({ code: 'connection-lost' })

describe('a sealed channel', () => {
  it.each([
    ['whole', []],
    ['byte by byte', 'every-byte'],
  ] as const)('gives the first frame by itself and the rest after start, arriving %s', async (_, splitAt) => {
    const end = gatewayEnd({ aToB: { splitAt } })
    end.wire.write(Buffer.concat([end.sealFrame(hello), end.sealFrame(ping(1n)), end.sealFrame(ping(2n))]))
    expect(await end.channel.first()).toEqual(hello)
    await turns()
    end.start()
    await turns()
    expect(end.frames).toEqual([ping(1n), ping(2n)])
  })

  it('finds the frames whatever the place of a split', async () => {
    const probe = gatewayEnd()
    const { length } = Buffer.concat([probe.sealFrame(hello), probe.sealFrame(ping(7n))])
    for (let at = 1; at < length; at++) {
      const end = gatewayEnd({ aToB: { splitAt: [at] } })
      end.wire.write(Buffer.concat([end.sealFrame(hello), end.sealFrame(ping(7n))]))
      expect(await end.channel.first(), `split at ${at}`).toEqual(hello)
      end.start()
      await turns(2)
      expect(end.frames, `split at ${at}`).toEqual([ping(7n)])
    }
  })

  it('closes at one bit flipped anywhere in a frame', async () => {
    const probe = gatewayEnd()
    const begin = probe.sealFrame(hello).length
    const { length } = probe.sealFrame(ping(7n))
    for (let bit = 0; bit < length * 8; bit++) {
      const change = (byte: number, offset: number) =>
        offset === begin + (bit >> 3) ? byte ^ (1 << (bit & 7)) : byte
      const end = gatewayEnd({ aToB: { change } })
      end.wire.write(Buffer.concat([end.sealFrame(hello), end.sealFrame(ping(7n))]))
      await end.channel.first()
      end.start()
      // A longer length waits for bytes that do not come.
      end.wire.end()
      await turns(3)
      expect(end.frames, `bit ${bit}`).toEqual([])
      expect(end.closes, `bit ${bit}`).toHaveLength(1)
      expect(['protocol-violation', 'connection-lost'], `bit ${bit}`).toContain(end.closes[0]?.code)
      expect(end.pair.b.destroyed).toBe(true)
    }
  })

  it.each([
    ['replayed', (frame: Uint8Array) => [frame, frame]],
    ['cut by its last byte, another behind it', (frame: Uint8Array) => [frame.subarray(0, -1), frame]],
    ['lengthened by a byte', (frame: Uint8Array) => [frame, Buffer.alloc(1), frame]],
  ])('closes at a frame %s', async (_, make) => {
    const end = gatewayEnd()
    end.wire.write(end.sealFrame(hello))
    await end.channel.first()
    end.start()
    end.wire.write(Buffer.concat(make(end.sealFrame(ping(1n)))))
    await turns()
    expect(end.closes).toEqual([violation])
    expect(end.frames.length).toBeLessThan(2)
  })

  it.each([
    ['PING before HELLO', ping(1n)],
    ['FAILED before HELLO', { type: 'failed', id: Buffer.alloc(16), code: 1, text: '' }],
  ] as const)('closes at %s', async (_, frame) => {
    const end = gatewayEnd()
    end.wire.write(end.sealFrame(frame))
    await expect(end.channel.first()).rejects.toEqual(violation)
    expect(end.pair.b.destroyed).toBe(true)
  })

  it('closes at a second HELLO', async () => {
    const end = gatewayEnd()
    end.wire.write(Buffer.concat([end.sealFrame(hello), end.sealFrame(hello)]))
    await end.channel.first()
    end.start()
    await turns()
    expect(end.closes).toEqual([violation])
  })

  it.each([0x81, 0xc0, 0xff])('ignores the extension %i, before HELLO and after it', async type => {
    const end = gatewayEnd()
    const extension = Buffer.from([type, 1, 2, 3])
    end.wire.write(
      Buffer.concat([
        end.seal(extension),
        end.sealFrame(hello),
        end.seal(extension),
        end.sealFrame(ping(3n)),
      ]),
    )
    expect(await end.channel.first()).toEqual(hello)
    end.start()
    await turns()
    expect(end.frames).toEqual([ping(3n)])
    expect(end.closes).toEqual([])
  })

  it.each([0, 16, 16_401, 2 ** 32 - 1])(
    'closes at a length of %i, without waiting for its bytes',
    async length => {
      const end = gatewayEnd()
      end.wire.write(end.sealFrame(hello))
      await end.channel.first()
      end.start()
      const field = Buffer.alloc(4)
      field.writeUInt32BE(length)
      end.wire.write(field)
      end.wire.write('x')
      await turns()
      expect(end.closes).toEqual([violation])
    },
  )

  it('tells a line that broke and a line that ended without CLOSE, once', async () => {
    for (const breakIt of [
      (end: ReturnType<typeof gatewayEnd>) => end.pair.cut(),
      (end: ReturnType<typeof gatewayEnd>) => end.wire.end(),
    ]) {
      const end = gatewayEnd()
      end.wire.write(end.sealFrame(hello))
      await end.channel.first()
      end.start()
      breakIt(end)
      await turns()
      end.channel.destroy()
      expect(end.closes).toEqual([lost])
    }
  })

  it('tells an end that came before start', async () => {
    const end = gatewayEnd()
    end.wire.write(end.sealFrame(hello))
    await end.channel.first()
    end.pair.cut()
    await turns()
    end.start()
    expect(end.closes).toEqual([lost])
  })

  it('says CLOSE, ends, and is done when the other side ends', async () => {
    const end = gatewayEnd()
    end.wire.write(end.sealFrame(hello))
    await end.channel.first()
    end.start()
    end.channel.close(1, 'restart')
    end.channel.close(1, 'restart')
    await turns()
    expect(end.sent().map(String)).toEqual(['\x08\x01restart'])
    expect(end.closes).toEqual([])
    end.wire.resume().end()
    await turns()
    expect(end.closes).toEqual([undefined])
    expect(end.clock.waiting).toBe(0)
  })

  it('is cut 5 s after close where the other side does not end', async () => {
    const end = gatewayEnd()
    end.wire.write(end.sealFrame(hello))
    await end.channel.first()
    end.start()
    end.channel.close(0)
    await end.clock.pass(4_999)
    expect(end.pair.b.destroyed).toBe(false)
    await end.clock.pass(1)
    await turns()
    expect(end.pair.b.destroyed).toBe(true)
    expect(end.closes).toEqual([undefined])
  })

  it('gives up a side that does not read', async () => {
    const end = gatewayEnd()
    end.wire.write(end.sealFrame(hello))
    await end.channel.first()
    end.start()
    let sent = 0
    while (!end.channel.isClosed && sent < 10_000) {
      end.channel.send({ type: 'close', code: 0, text: 'x'.repeat(256) })
      sent++
    }
    expect(end.channel.isClosed).toBe(true)
    // 279 bytes each, 1 MiB and what the pair itself holds.
    expect(sent).toBeLessThan(4_500)
    expect(sent).toBeGreaterThan(3_500)
    expect(end.pair.b.destroyed).toBe(true)
  })

  it('sends nothing after it is closed', async () => {
    const end = gatewayEnd()
    end.channel.destroy()
    end.channel.send({ type: 'pong', id: 1n })
    await turns()
    expect(end.sent()).toEqual([])
  })
})
