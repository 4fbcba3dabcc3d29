import { describe, expect, test } from 'vitest'
import { traceIdOf } from '../../../gateway/http/trace-context.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const parent = '00f067aa0ba902b7'

describe('a trace', () => {
  test.each([
    ['sampled', `00-${trace}-${parent}-01`],
    ['not sampled', `00-${trace}-${parent}-00`],
    ['with flags to come', `00-${trace}-${parent}-ff`],
    ['of a version to come', `01-${trace}-${parent}-01`],
    ['of a version to come, with more', `cc-${trace}-${parent}-01-what-the-future-will-be-like`],
  ])('%s is one', (_, value) => {
    expect(traceIdOf(['TraceParent', value])).toBe(trace)
  })

  test.each([
    ['of version ff', `ff-${trace}-${parent}-01`],
    ['of version 00 with more', `00-${trace}-${parent}-01-more`],
    ['of zeros', `00-${'0'.repeat(32)}-${parent}-01`],
    ['with a parent of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
    ['in upper case', `00-${trace.toUpperCase()}-${parent}-01`],
    ['that is too short', `00-${trace.slice(1)}-${parent}-01`],
    ['without flags', `00-${trace}-${parent}`],
    ['with something before it', `x00-${trace}-${parent}-01`],
    ['that is nothing', ''],
  ])('%s is none', (_, value) => {
    expect(traceIdOf(['traceparent', value])).toBeUndefined()
  })

  test('twice is none', () => {
    const value = `00-${trace}-${parent}-01`
    expect(traceIdOf(['traceparent', value, 'traceparent', value])).toBeUndefined()
  })
})
