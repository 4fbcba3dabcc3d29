/** The app's backbalance.bin on the disk: made where there is none, read, and replaced as a whole with the last version beside it. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TildegateError } from '../../../shared/errors.ts'
import { writeWhole } from '../../atomic-file.ts'

const firstText = `# One line for each service that this PC shares. For example:
# /~~homePC=password#gateway.example:443 => http://127.0.0.1:3000;
`

export class EntriesFile {
  readonly path: string

  /** Makes the file, for its owner alone, where there is none. */
  constructor(folder: string) {
    this.path = join(folder, 'backbalance.bin')
    if (existsSync(this.path)) return
    mkdirSync(folder, { recursive: true })
    writeWhole(this.path, firstText)
  }

  /** @throws TildegateError file-unreadable */
  read(): Buffer {
    try {
      return readFileSync(this.path)
    } catch (cause) {
      throw new TildegateError('file-unreadable', { file: this.path, reason: codeOf(cause) }, { cause })
    }
  }

  /**
   * Replaces what was read as `expected`; the version before stays as `.bak`.
   * @throws TildegateError file-changed-meanwhile, file-not-written
   */
  replace(expected: Uint8Array, bytes: Uint8Array): void {
    if (!this.read().equals(expected)) throw new TildegateError('file-changed-meanwhile', { file: this.path })
    try {
      copyFileSync(this.path, `${this.path}.bak`)
      if (process.platform !== 'win32') chmodSync(`${this.path}.bak`, 0o600)
      writeWhole(this.path, bytes)
    } catch (cause) {
      throw new TildegateError('file-not-written', { file: this.path, reason: codeOf(cause) }, { cause })
    }
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error'
}
