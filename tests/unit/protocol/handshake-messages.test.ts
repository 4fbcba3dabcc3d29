/** M1 and M2: literal forms, what the gateway answers to others, what the agent makes of the answers. */
import { describe, expect, it } from 'vitest'
import {
  decodeM1,
  decodeM2,
  encodeM1,
  encodeM2,
  encodeRefusal,
  expect32,
} from '../../../shared/protocol/handshake-messages.ts'

const nonce = Buffer.alloc(32, 0xaa)
const m1 = Buffer.from(encodeM1(nonce, 'srv'))
const changed = (at: number, byte: number) => {
  const copy = Buffer.from(m1)
  copy[at] = byte
  return copy
}
const named = (name: string | Buffer) => {
  const bytes = Buffer.from(name)
  return Buffer.concat([m1.subarray(0, 38), Buffer.from([bytes.length]), bytes])
}

describe('M1', () => {
  it('is TLDG, version, suites, nonce and name', () => {
    expect(m1.toString('hex')).toBe(`544c44470101${'aa'.repeat(32)}03737276`)
    expect(decodeM1(m1)).toMatchObject({ kind: 'm1', name: 'srv', nonceA: nonce })
  })

  it.each([1, 64])('has a name of %i characters', length => {
    expect(decodeM1(named('n'.repeat(length)))).toMatchObject({ kind: 'm1', name: 'n'.repeat(length) })
  })

  it('offers further suites beside ours', () => {
    expect(decodeM1(changed(5, 0xff))).toMatchObject({ kind: 'm1' })
  })

  it.each([
    ['another version', changed(4, 2), 2],
    ['version 0', changed(4, 0), 2],
    ['another version and nothing else', Buffer.from('TLDG\x02'), 2],
    ['no suite', changed(5, 0), 3],
    ['only unknown suites', changed(5, 0xfe), 3],
    ['other first letters', changed(0, 0x74), 3],
    ['nothing but a byte', Buffer.from('T'), 3],
    ['no name', named(''), 3],
    ['a name too long', named('n'.repeat(65)), 3],
    ['a name with a slash', named('a/b'), 3],
    ['a name with a line break at its end', named('a\n'), 3],
    ['a name that is not ASCII', named('ä'), 3],
    ['a name that is not UTF-8', named(Buffer.from([0xff])), 3],
    ['a byte too few', m1.subarray(0, -1), 3],
    ['a byte too many', Buffer.concat([m1, Buffer.from('x')]), 3],
  ])('with %s is refused with a status', (_, body, status) => {
    expect(decodeM1(body)).toEqual({ kind: 'refused', status })
  })

  it('cut anywhere is refused', () => {
    for (let length = 0; length < m1.length; length++) {
      expect(decodeM1(m1.subarray(0, length)), `${length} bytes`).toMatchObject({ kind: 'refused' })
    }
  })
})

describe('M2', () => {
  it('brings the nonce, or a status and the highest version', () => {
    expect(decodeM2(encodeM2(nonce))).toEqual(new Uint8Array(nonce))
    expect(Buffer.from(encodeRefusal(4)).toString('hex')).toBe('0401')
  })

  it.each([
    ['2 as a version not spoken', '0207', 'version-not-spoken'],
    ['3 as a fault of ours', '0301', 'protocol-violation'],
    ['4 as overload', '0401', 'gateway-overloaded'],
    ['an unknown status', '0901', 'protocol-violation'],
    ['status 0 without a nonce', '0001', 'protocol-violation'],
    ['a status with a nonce', `040101${'aa'.repeat(32)}`, 'protocol-violation'],
    ['another version', `000201${'aa'.repeat(32)}`, 'protocol-violation'],
    ['another suite', `000102${'aa'.repeat(32)}`, 'protocol-violation'],
    ['a nonce too short', `000101${'aa'.repeat(31)}`, 'protocol-violation'],
    ['a nonce too long', `000101${'aa'.repeat(33)}`, 'protocol-violation'],
    ['a single byte', '00', 'protocol-violation'],
  ])('takes %s', (_, hex, code) => {
    expect(() => decodeM2(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code }))
  })
})

it.each([0, 31, 33, 512])('M3 to M6 are not %i bytes', length => {
  expect(() => expect32(Buffer.alloc(length), 'M3')).toThrow('broke the protocol')
})
