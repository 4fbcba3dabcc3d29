/** A settings file that cannot be used, with every diagnostic of it. The command line prints them and exits 78. */
import type { Diagnostic } from '../../shared/balance/index.ts'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly file: string
  /** None where the file itself cannot be read; the message says why. */
  readonly diagnostics: readonly Diagnostic[]

  constructor(
    file: string,
    message: string,
    diagnostics: readonly Diagnostic[],
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.file = file
    this.diagnostics = diagnostics
  }
}
