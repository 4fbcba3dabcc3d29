/** Asks the target for its first page, as a visitor would, and takes the head of the answer. */

import { within } from '../../net/dial/index.ts'
import { StreamEnded, StreamReader } from '../../net/proxy/stream-reader.ts'
import { BadResponseHead, ResponseHeadDecoder } from '../../net/response-head.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/world.ts'
import type { Sites } from '../sites/sites.ts'
import { dialTarget } from '../targets/dial-target.ts'
import { type Target, targetForHello } from '../targets/target.ts'

const answerMs = 15_000
const maxHeadBytes = 64 * 1024
const maxInterim = 8

/**
 * @returns the status
 * @throws TildegateError of the category target; the reason of `signal`
 */
export async function askTarget(
  target: Target,
  { clock, signal, sites }: { clock: Clock; signal: AbortSignal; sites: Sites },
): Promise<number> {
  const side = await dialTarget(target, { clock, signal, sites })
  const { host, base } = targetForHello(target)
  try {
    const tooLate = () => new TildegateError('target-timeout')
    return await within({ clock, signal, ms: answerMs, tooLate }, async own => {
      const reader = new StreamReader(side.stream, own)
      try {
        side.stream.write(
          `GET ${base} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: Tildegate\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
        )
        return await finalStatus(reader)
      } finally {
        reader.release()
      }
    })
  } catch (cause) {
    if (cause instanceof StreamEnded) throw new TildegateError('target-broke-off', {}, { cause })
    if (cause instanceof BadResponseHead) throw new TildegateError('target-not-http', {}, { cause })
    throw cause
  } finally {
    side.reset()
  }
}

async function finalStatus(reader: StreamReader): Promise<number> {
  const decoder = new ResponseHeadDecoder(maxHeadBytes)
  for (let interim = 0; interim <= maxInterim; ) {
    const decoded = decoder.push(await reader.next())
    if (decoded === undefined) continue
    const { status } = decoded.head
    if (status >= 200) return status
    reader.unread(decoded.rest)
    interim++
  }
  throw new BadResponseHead('too many interim answers')
}
