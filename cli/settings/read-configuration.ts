/** Reads a file that the user named, whole, up to a bound; what cannot be read is one clear sentence. */
import { closeSync, openSync, readSync } from 'node:fs'
import { CommandFailure, type ExitStatus, exitStatus } from '../failure.ts'

const maxBytes = 16 * 1024 * 1024
const pieceBytes = 64 * 1024

/** Pipes too, as a shell makes them for `<(…)`. @throws CommandFailure, 78 unless told otherwise */
export function readConfiguration(file: string, status: ExitStatus = exitStatus.configuration): Buffer {
  try {
    return readBounded(file)
  } catch (cause) {
    throw new CommandFailure(status, `${file} ${whyNot(cause as NodeJS.ErrnoException)}.`, [], { cause })
  }
}

function readBounded(file: string): Buffer {
  const handle = openSync(file, 'r')
  try {
    const pieces: Buffer[] = []
    for (let total = 0; ; ) {
      const piece = Buffer.allocUnsafe(pieceBytes)
      const count = readSync(handle, piece)
      if (count === 0) return Buffer.concat(pieces)
      total += count
      if (total > maxBytes) throw Object.assign(new Error('too large'), { code: 'EFBIG' })
      pieces.push(piece.subarray(0, count))
    }
  } finally {
    closeSync(handle)
  }
}

function whyNot({ code }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
      return 'does not exist'
    case 'EISDIR':
      return 'is a folder'
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user'
    case 'EFBIG':
      return `is larger than ${maxBytes / 2 ** 20} MiB`
    default:
      return `cannot be read (${code})`
  }
}
