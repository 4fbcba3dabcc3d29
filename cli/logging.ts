/** The log of a command: pino to standard error, so that standard output holds the ready lines alone. */
import { destination, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const
export const logFormats = ['pretty', 'json'] as const
export type LogLevel = (typeof logLevels)[number]
export type LogFormat = (typeof logFormats)[number]

/** Colours only on a terminal; `NO_COLOR` (no-color.org) respected. */
const wantsColour = process.stderr.isTTY === true && !process.env['NO_COLOR']

export function createLog(options: { level: LogLevel; format?: LogFormat | undefined }): Logger {
  const format = options.format ?? (process.stderr.isTTY ? 'pretty' : 'json')
  const settings = { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (format === 'json') return pino(settings, destination({ dest: 2, sync: true }))
  return pino(
    settings,
    pretty({
      destination: 2,
      sync: true,
      colorize: wantsColour,
      translateTime: 'SYS:HH:MM:ss',
      ignore: 'pid,hostname',
      singleLine: true,
    }),
  )
}
