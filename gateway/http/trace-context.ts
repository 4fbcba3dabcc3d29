/**
 * W3C trace context (https://www.w3.org/TR/trace-context/), passed on: the gateway makes no spans, so it changes
 * nothing and begins no trace of its own. Pure.
 */
import { type RawHeaders, valuesOf } from './header-list.ts'

/** Version, trace, parent, flags; versions to come may have more behind. */
const traceparent = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/

/** The trace that a request belongs to; undefined where it says none, or nothing that can be one. */
export function traceIdOf(headers: RawHeaders): string | undefined {
  const values = valuesOf(headers, 'traceparent')
  const [, version, id, more] = (values.length === 1 && traceparent.exec(values[0] ?? '')) || []
  return version === '00' && more !== undefined ? undefined : id
}

/** Of no use, or worse, where the trace is none (§3.3 there): who joins it in the target would begin anew anyway. */
export function isTraceField(name: string): boolean {
  return name === 'traceparent' || name === 'tracestate'
}
