/** Whatever a proxy answers, in whatever pieces: the way is open, or an error of our own says why not. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAuthenticator } from '../../../net/auth/index.ts'
import { connectThrough } from '../../../net/proxy/connect-hop.ts'
import { systemRandom } from '../../../net/world.ts'
import { TildegateError } from '../../../shared/errors.ts'
import { Secret } from '../../../shared/secret.ts'
import { duplexPair } from '../../support/duplex-pair.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import vectors from '../../vectors/ntlm.json' with { type: 'json' }

const challenge = Buffer.from(vectors.type2, 'hex').toString('base64')
const answers = [
  'HTTP/1.1 200 Connection established\r\n\r\nearly',
  'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<html>Log in</html>',
  `HTTP/1.1 407 P\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM ${challenge}\r\nContent-Length: 4\r\n\r\nbody`,
  'HTTP/1.1 407 P\r\nProxy-Authenticate: NTLM\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nbody\r\n0\r\nT: u\r\n\r\n',
  'HTTP/1.1 103 Early\r\nLink: x,\r\n y\r\n\r\nHTTP/1.0 503 No\r\nX-Squid-Error: ERR 1\r\n\r\n',
]

const mutated = fc
  .tuple(
    fc.array(fc.constantFrom(...answers), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 8 }),
    fc.nat(600),
  )
  .map(([parts, changes, cut]) => {
    const bytes = Buffer.from(parts.join(''), 'latin1')
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
    return bytes.subarray(0, Math.max(1, bytes.length - (cut < 300 ? cut : 0)))
  })
const anything = fc.oneof(
  { weight: 4, arbitrary: mutated },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 400 }).map(bytes => Buffer.from(bytes)) },
)

describe('an answer to CONNECT', () => {
  it('of any bytes in any pieces opens the way or is an error of our own, and leaves no timer', async () => {
    await fc.assert(
      fc.asyncProperty(
        anything,
        fc.array(fc.nat(500), { maxLength: 5 }),
        fc.boolean(),
        async (bytes, splitAt, ends) => {
          const { a: stream, b: proxy } = duplexPair({ bToA: { splitAt } })
          proxy.on('error', () => {})
          proxy.resume()
          const clock = new VirtualClock()
          const controller = new AbortController()
          const login = { scheme: 'ntlm', user: 'u', password: Secret.fromText('p') } as const
          const outcome = connectThrough(stream, {
            hop: 'proxy:808',
            destination: { host: 'gw.example', port: 443 },
            authenticator: createAuthenticator({ hop: 'proxy:808', login, clock, random: systemRandom }),
            clock,
            signal: controller.signal,
          }).catch((cause: unknown) => cause)
          proxy.write(bytes)
          if (ends) proxy.end()
          await clock.pass(1_000)
          const late = new TildegateError('proxy-hop-timeout')
          controller.abort(late)
          const result = await outcome
          if (result !== 'open' && result !== 'redial') {
            expect(result).toBeInstanceOf(TildegateError)
            expect(stream.destroyed).toBe(true)
          }
          expect(clock.waiting).toBe(0)
          stream.destroy()
        },
      ),
      { numRuns: 4_000 },
    )
  })
})
