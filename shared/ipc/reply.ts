/** How the outcome of a call crosses: a value, or a failure in words. Never a stack, never a cause. */
import * as v from 'valibot'
import { type ErrorCode, errorTable, TildegateError } from '../errors.ts'

const codes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]

export const errorCode = v.picklist(codes)
export const errorDetails = v.record(v.string(), v.union([v.string(), v.number()]))

export const failure = v.object({
  code: errorCode,
  /** In English; windows say it in the user's language by code and details. */
  message: v.string(),
  mend: v.string(),
  details: errorDetails,
})
export type Failure = v.InferOutput<typeof failure>

export const reply = v.variant('ok', [
  v.object({ ok: v.literal(true), value: v.optional(v.unknown()) }),
  v.object({ ok: v.literal(false), failure }),
])
export type Reply = v.InferOutput<typeof reply>

/** What the asker of a call gets. */
export class IpcFailure extends Error {
  override readonly name = 'IpcFailure'
  readonly failure: Failure

  constructor(what: Failure) {
    super(what.message)
    this.failure = what
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof IpcFailure) return error.failure
  const known = error instanceof TildegateError ? error : new TildegateError('internal', {}, { cause: error })
  return { code: known.code, message: known.message, mend: known.mend, details: known.details }
}
