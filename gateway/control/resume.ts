/** Does a HELLO come from the agent of the live session (protocol.md, section 3, "One owner")? */
import { timingSafeEqual } from 'node:crypto'
import { resumeProof } from '../../net/seal/index.ts'
import type { Hello } from '../../shared/protocol/control-json.ts'
import type { Secret } from '../../shared/secret.ts'

/** `exporter`: of the new handshake, so that a proof can't be used twice. */
export function isResume(
  { resume }: Hello,
  live: { readonly idHex: string; readonly resumeSecret: Secret },
  exporter: Uint8Array,
): boolean {
  if (resume === undefined || resume.session.toLowerCase() !== live.idHex) return false
  return timingSafeEqual(Buffer.from(resume.proof, 'hex'), resumeProof(live.resumeSecret, exporter))
}
