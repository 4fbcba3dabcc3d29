/** Runs one of the system's commands: without a shell, with a deadline, its output bounded. */
import { execFile } from 'node:child_process'
import type { Clock } from '../../../shared/world.ts'
import { systemProxyLimits } from '../limits.ts'

export interface CommandParts {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The message holds nothing of its output. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  /** There is no such command, or it ended by itself and said no: not one that hung or wrote without end. */
  readonly isPlainNo: boolean

  constructor(message: string, isPlainNo = false) {
    super(message)
    this.isPlainNo = isPlainNo
  }
}

/** @returns standard output. @throws CommandFailure; the signal's reason */
export function runCommand(
  command: readonly string[],
  { clock, signal, environment }: CommandParts,
): Promise<string> {
  const { commandMs, commandBytes } = systemProxyLimits
  const [program = '', ...args] = command
  const own = new AbortController()
  const seconds = commandMs / 1000
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const leave = () => own.abort(signal.reason)
    const deadline = clock.after(commandMs, () =>
      own.abort(new CommandFailure(`${program} did not answer within ${seconds} s`)),
    )
    signal.addEventListener('abort', leave, { once: true })
    const options = {
      signal: own.signal,
      maxBuffer: commandBytes,
      env: environment,
      killSignal: 'SIGKILL',
      windowsHide: true,
    } as const
    const child = execFile(program, args, options, (error, stdout) => {
      deadline.cancel()
      signal.removeEventListener('abort', leave)
      if (own.signal.aborted) reject(own.signal.reason as Error)
      else if (error === null) resolve(stdout)
      // EACCES: a folder of PATH that this user may not look into, and none of the others has it.
      else if (error.code === 'ENOENT' || error.code === 'EACCES')
        reject(new CommandFailure(`there is no ${program}`, true))
      else
        reject(
          new CommandFailure(
            `${program} failed (${error.code ?? error.signal})`,
            typeof error.code === 'number',
          ),
        )
    })
    child.stdin?.end()
  })
}
