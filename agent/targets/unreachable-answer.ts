/** The agent's own answer to a request whose target can't be reached (docs/protocol.md, 5). */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/world.ts'
import type { TargetFailure } from './dial-target.ts'

/** The rest of the request is read so far, lest a reset overtake the answer. */
const drainBytes = 4 * 2 ** 20
const drainMs = 5_000

/** Answers 502, ends the stream, reads on for a bounded while, and resolves when it is closed. */
export function answerUnreachable(stream: Duplex, failure: TargetFailure, clock: Clock): Promise<void> {
  return new Promise(resolve => {
    if (stream.destroyed) return resolve()
    let drained = 0
    const deadline = clock.after(drainMs, () => stream.destroy())
    stream.on('close', () => {
      deadline.cancel()
      resolve()
    })
    stream.on('data', (chunk: Uint8Array) => {
      drained += chunk.length
      if (drained > drainBytes) stream.destroy()
    })
    stream.on('end', () => stream.destroy())
    stream.end(
      `HTTP/1.1 502 Bad Gateway\r\nTildegate-Error: ${failure}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    )
    stream.resume()
  })
}
