/** A self-signed certificate for tests, PEM and DER, for 127.0.0.1 or the given name. */
import { X509Certificate } from 'node:crypto'
import { makeSelfSigned } from '../../gateway/listen/self-signed.ts'
import { systemClock, systemRandom } from '../../net/world.ts'

export async function selfSigned(host = '127.0.0.1') {
  const pair = await makeSelfSigned([host], 30, { clock: systemClock, random: systemRandom })
  return { ...pair, der: new Uint8Array(new X509Certificate(pair.cert).raw) }
}
