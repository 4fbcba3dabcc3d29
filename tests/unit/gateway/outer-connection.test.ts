import { describe, expect, it } from 'vitest'
import { OuterConnection } from '../../../gateway/control/outer-connection.ts'
import type { RequestPeer } from '../../../gateway/listen/connection-peer.ts'

const [ours, next, front, strange] = ['aa', 'bb', 'cc', 'dd'].map(byte => byte.repeat(32)) as [
  string,
  string,
  string,
  string,
]
const saw = (certSha256: string) => ({ tls: true, certSha256 }) as const
const over = (certSha256?: string): RequestPeer => ({
  certSha256,
  address: '192.0.2.1',
  scheme: 'https',
  host: undefined,
})

describe('the outer connection', () => {
  const outer = new OuterConnection([front])
  outer.shows(ours)

  it.each([
    ['that saw what it was shown is proven', saw(ours), over(ours), 'proven'],
    ['that saw another certificate is not', saw(strange), over(ours), 'unproven'],
    ['that saw ours but came without TLS is not', saw(ours), over(), 'unproven'],
    ['that saw the certificate of what stands in front is proven', saw(front), over(), 'proven'],
    ['without TLS is plain', { tls: false }, over(), 'plain'],
    ['in upper case is the same', saw(ours.toUpperCase()), over(ours), 'proven'],
  ] as const)('%s', (_, seen, peer, judgement) => {
    expect(outer.judge(seen, peer)).toBe(judgement)
  })

  it('that was made before the certificate changed is judged by what it was shown', () => {
    outer.shows(next)
    expect(outer.judge(saw(ours), over(ours))).toBe('proven')
    expect(outer.judge(saw(next), over(ours))).toBe('unproven')
    expect(outer.isStillShown(saw(ours))).toBe(false)
    expect(outer.isStillShown(saw(next))).toBe(true)
    expect(outer.isStillShown(saw(front))).toBe(true)
    expect(outer.isStillShown({ tls: false })).toBe(false)
  })
})
