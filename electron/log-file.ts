/** The log of one of the app's processes: a file that does not grow without end, in the folder that the settings open. */
import { mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { destination, type Logger, pino } from 'pino'
import type { Settings } from '../shared/ipc/views.ts'

const maxBytes = 5 * 2 ** 20

export function logFolder(folder: string): string {
  return join(folder, 'logs')
}

/** The one before is kept as `NAME.1.log`. Fields must never hold a secret. */
export function openLogFile(folder: string, name: 'main' | 'engine', level: Settings['logLevel']): Logger {
  const logs = logFolder(folder)
  mkdirSync(logs, { recursive: true, mode: 0o700 })
  const file = join(logs, `${name}.log`)
  if (sizeOf(file) > maxBytes) renameSync(file, join(logs, `${name}.1.log`))
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return pino(settings, destination({ dest: file, sync: true, mode: 0o600 }))
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
