import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { duplexPair } from '../../support/duplex-pair.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

async function chunksOf(stream: Duplex): Promise<string[]> {
  const chunks: string[] = []
  stream.on('data', chunk => chunks.push(String(chunk)))
  await once(stream, 'end')
  return chunks
}

describe('a pair of streams in memory', () => {
  it('carries bytes both ways and keeps half-closes', async () => {
    const { a, b, written } = duplexPair()
    a.end('to b')
    expect(await chunksOf(b)).toEqual(['to b'])
    const answer = chunksOf(a)
    b.write('to a, ')
    b.end('after the end of a')
    expect((await answer).join('')).toBe('to a, after the end of a')
    expect(String(written.byA())).toBe('to b')
    expect(String(written.byB())).toBe('to a, after the end of a')
  })

  it('splits where it is told', async () => {
    const { a, b } = duplexPair({ aToB: { splitAt: [1, 4, 6] }, bToA: { splitAt: 'every-byte' } })
    a.write('abc')
    a.end('defgh')
    b.end('xyz')
    expect(await chunksOf(b)).toEqual(['a', 'bc', 'd', 'ef', 'gh'])
    expect(await chunksOf(a)).toEqual(['x', 'y', 'z'])
  })

  it('shows destroy as ECONNRESET to the other side', async () => {
    const { a, b } = duplexPair()
    b.resume()
    const failed = once(b, 'error')
    a.destroy()
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' })
  })

  it('does not reset after both sides ended', async () => {
    const { a, b } = duplexPair()
    const closed = Promise.all([once(a, 'close'), once(b, 'close')])
    a.resume().end()
    b.resume().end()
    await closed
    expect([a.errored, b.errored]).toEqual([null, null])
  })

  it('cuts after so many bytes', async () => {
    const { a, b } = duplexPair({ aToB: { cutAfter: 3 } })
    a.on('error', () => {})
    const chunks: string[] = []
    b.on('data', chunk => chunks.push(String(chunk)))
    const failed = once(b, 'error')
    a.write('abcdef')
    await failed
    expect(chunks).toEqual(['abc'])
  })

  it('delays by the virtual clock', async () => {
    const clock = new VirtualClock()
    const { a, b } = duplexPair({ aToB: { delay: { clock, ms: 100 } } })
    const chunks: string[] = []
    b.on('data', chunk => chunks.push(String(chunk)))
    a.write('late')
    await clock.pass(99)
    expect(chunks).toEqual([])
    await clock.pass(1)
    expect(chunks).toEqual(['late'])
  })

  it('holds the writer back while the reader does not read', async () => {
    const { a, b } = duplexPair()
    for (let i = 0; i < 64; i++) a.write(Buffer.alloc(16_384))
    await new Promise(resolve => setImmediate(resolve))
    expect(a.writableLength).toBeGreaterThan(50 * 16_384)
    b.resume()
    await once(a, 'drain')
    expect(a.writableLength).toBe(0)
  })

  it('changes bytes and swallows them in silence', async () => {
    const { a, b, silence } = duplexPair({ aToB: { change: (byte, offset) => (offset === 1 ? 0x2a : byte) } })
    const chunks: string[] = []
    b.on('data', chunk => chunks.push(String(chunk)))
    a.write('abc')
    await new Promise(resolve => setImmediate(resolve))
    silence()
    a.write('def')
    await new Promise(resolve => setImmediate(resolve))
    expect(chunks).toEqual(['a*c'])
  })

  it('swallows what comes after so many bytes, without a word', async () => {
    const { a, b } = duplexPair({ aToB: { silentAfter: 4 } })
    const chunks: string[] = []
    b.on('data', chunk => chunks.push(String(chunk)))
    a.write('abc')
    a.write('def')
    await new Promise(resolve => setImmediate(resolve))
    a.destroy()
    await new Promise(resolve => setImmediate(resolve))
    expect(chunks.join('')).toBe('abcd')
    expect(b.destroyed).toBe(false)
  })
})
