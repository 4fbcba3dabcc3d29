/** A settings file that cannot be used, with every diagnostic of it. The command line prints them and exits 78. */
import type { Diagnostic } from '../../shared/balance/index.ts'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly file: string
  readonly diagnostics: readonly Diagnostic[]

  constructor(file: string, diagnostics: readonly Diagnostic[], options?: { cause?: unknown }) {
    super(`${file} has errors.`, options)
    this.file = file
    this.diagnostics = diagnostics
  }
}
