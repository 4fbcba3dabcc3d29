/** What of a tunnel's states goes to the log, and how loud. */
import type { SessionView } from '../shared/session/index.ts'
import type { Log } from '../shared/world.ts'
import type { Framing } from './framing.ts'

export function logState(log: Log, tunnel: string, { message = '', ...view }: SessionView): void {
  const fields = { tunnel, ...view }
  switch (view.state) {
    case 'needsUser':
      log.error(fields, message)
      return
    case 'waiting':
      log.warn(fields, message)
      return
    case 'established':
      log.info(fields, 'tunnel established')
      // It is up, and the user is to know what is in between.
      if (message !== '') log.warn(fields, message)
      return
    case 'stopped':
      log.info(fields, 'tunnel stopped')
      return
    default:
      log.debug(fields, `tunnel ${view.state}`)
  }
}

export function logAlive(log: Log, tunnel: string, aliveMs: number): void {
  log.info(
    { tunnel, aliveMs },
    `something in between cuts lines that rest: alive packets come every ${Math.round(aliveMs / 100) / 10} s now`,
  )
}

export function logFraming(log: Log, tunnel: string, framing: Framing): void {
  if (framing === 'bare') return
  log.info(
    { tunnel, framing },
    'something in between lets only WebSockets pass: the tunnel goes through them',
  )
}
