/** How a command ends when it does not end well: a status that scripts rely on and the lines to print. */
import { type ErrorCode, TildegateError } from '../shared/errors.ts'

export const exitStatus = {
  fine: 0,
  /** The thing asked for failed. */
  failed: 1,
  /** Wrong usage (EX_USAGE of sysexits.h). */
  usage: 64,
  /** A bad configuration (EX_CONFIG). */
  configuration: 78,
  /** Ctrl-C, after a clean stop. */
  interrupted: 130,
} as const

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

/** Errors of the engine that are about what the user has set up; the others are about the world. */
const configurationErrors: ReadonlySet<ErrorCode> = new Set([
  'certificate-unusable',
  'admin-needs-token',
  'admin-token-weak',
  'passed-sockets-unusable',
  'service-file-foreign',
])

export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly status: ExitStatus
  /** Printed to standard error as they are, before the message. */
  readonly lines: readonly string[]

  constructor(status: ExitStatus, message: string, lines: readonly string[] = [], options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.lines = lines
  }
}

export function statusOfError(error: unknown): ExitStatus {
  const isConfiguration = error instanceof TildegateError && configurationErrors.has(error.code)
  return isConfiguration ? exitStatus.configuration : exitStatus.failed
}

/** One clear sentence and what to do, never a stack trace. */
export function describeError(error: unknown): string {
  if (error instanceof TildegateError) return `${error.message} ${error.mend}`
  return error instanceof Error ? error.message : String(error)
}
