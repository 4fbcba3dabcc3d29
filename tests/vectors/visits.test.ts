/** VISITS and SEEN against vectors of an independent implementation. */
import { describe, expect, it } from 'vitest'
import { type ControlFrame, decodeFrame, encodeFrame } from '../../shared/protocol/frames.ts'
import vectors from './visits.json' with { type: 'json' }

describe('what an agent is told of visitors', () => {
  it.each(vectors.cases)('is these bytes, both ways: $title', ({ leftOut, visits, frame }) => {
    const told: ControlFrame = { type: 'visits', leftOut, visits }
    expect(Buffer.from(encodeFrame(told)).toString('hex')).toBe(frame)
    expect(decodeFrame(Buffer.from(frame, 'hex'), 'g2a')).toEqual(told)
    // From an agent it is an extension that nobody knows.
    expect(decodeFrame(Buffer.from(frame, 'hex'), 'a2g')).toBeUndefined()
  })

  it('is answered by these bytes', () => {
    expect(Buffer.from(encodeFrame({ type: 'seen' })).toString('hex')).toBe(vectors.seen)
    expect(decodeFrame(Buffer.from(vectors.seen, 'hex'), 'a2g')).toEqual({ type: 'seen' })
    expect(decodeFrame(Buffer.from(vectors.seen, 'hex'), 'g2a')).toBeUndefined()
  })
})
