/**
 * Is the outer connection ours (protocol.md, section 4)? The agent says over the sealed channel which
 * certificate it saw; if that is one the gateway serves, nobody in between speaks TLS in its place.
 */
import type { Hello } from '../../shared/protocol/control-json.ts'
import type { RequestPeer } from '../listen/connection-peer.ts'

export type OuterJudgement = 'plain' | 'proven' | 'unproven'

export class OuterConnection {
  /** SHA-256 of the DER leaves, lower-case hex. */
  #served: ReadonlySet<string> = new Set()
  readonly #inFront: ReadonlySet<string>

  /** `inFront`: shown by what terminates TLS for us. */
  constructor(inFront: readonly string[]) {
    this.#inFront = new Set(inFront)
  }

  /** What our TLS listeners show from now on. */
  serves(digests: readonly string[]): void {
    this.#served = new Set(digests)
  }

  judge(outer: Hello['outer'], peer: RequestPeer): OuterJudgement {
    if (!outer.tls) return 'plain'
    const digest = outer.certSha256.toLowerCase()
    if (this.#inFront.has(digest)) return 'proven'
    // Our own certificate on a connection that came here without TLS: nothing that we know to be ours ended it.
    return this.#served.has(digest) && peer.isTls ? 'proven' : 'unproven'
  }
}
