#!/usr/bin/env node
/** The command `tildegate`: flags → engine, failure → one clear sentence and an exit status. Nothing else. */
import { CommanderError } from 'commander'
import { CommandFailure, describeError, type ExitStatus, exitStatus, statusOfError } from './failure.ts'
import { leaveNothingBehind } from './leavings.ts'
import { createProgram } from './program.ts'

function statusOf(error: unknown): ExitStatus {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.fine : exitStatus.usage
  if (error instanceof CommandFailure) {
    for (const line of error.lines) process.stderr.write(`${line}\n`)
    process.stderr.write(`tildegate: ${error.message}\n`)
    return error.status
  }
  process.stderr.write(`tildegate: ${describeError(error)}\n`)
  return statusOfError(error)
}

// Who has read enough (`| head -1`) does not stop a gateway or an agent, and sees no stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

leaveNothingBehind()
// No await here: the packaged single file begins as CommonJS.
createProgram(status => {
  process.exitCode = status
})
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = statusOf(error)
  })
