/** Why an attempt or a session has ended, in the words of the session machine. */
import { type ControlFrame, closeCodes } from '../net/seal/index.ts'
import { type ErrorCode, TildegateError } from '../shared/errors.ts'
import { said } from '../shared/phrases.ts'
import type { Cause } from '../shared/session/index.ts'

export type Farewell = Extract<ControlFrame, { type: 'close' }>

/** What the gateway's CLOSE means for us (docs/protocol.md, 3). */
const codeOfClose: Readonly<Record<number, ErrorCode>> = {
  [closeCodes.gatewayStops]: 'gateway-stopping',
  [closeCodes.dropped]: 'dropped-by-admin',
  [closeCodes.replaced]: 'replaced-by-own-session',
}

/** `farewell`: the gateway's CLOSE, if one came. */
export function endOf(farewell: Farewell | undefined, cause: TildegateError | undefined): Cause {
  if (farewell?.code === closeCodes.protocolError)
    return causeOf(new TildegateError('protocol-violation', { reason: farewell.text }))
  const code = farewell && codeOfClose[farewell.code]
  if (code !== undefined) return causeOf(new TildegateError(code))
  return causeOf(cause ?? new TildegateError('connection-lost', said('host', 'the-gateway')))
}

export function causeOf({ code, message, details }: TildegateError): Cause {
  const { hopIndex, ...filled } = details
  return {
    code,
    message,
    ...(Object.keys(filled).length === 0 ? {} : { details: filled }),
    ...(typeof hopIndex === 'number' ? { hop: hopIndex } : {}),
  }
}

export function failureOf(error: unknown): { why: Cause; retryAfterMs?: number } {
  const failure =
    error instanceof TildegateError ? error : new TildegateError('internal', {}, { cause: error })
  const { retryAfterMs } = failure.details
  const why = causeOf(failure)
  return typeof retryAfterMs === 'number' ? { why, retryAfterMs } : { why }
}
