/**
 * Is the outer connection ours (protocol.md, section 4)? The agent says over the sealed channel which
 * certificate it saw; if that is the one this very connection was shown, nobody in between speaks TLS in our place.
 */
import type { Hello } from '../../shared/protocol/control-json.ts'
import type { RequestPeer } from '../listen/connection-peer.ts'

export type OuterJudgement = 'plain' | 'proven' | 'unproven'

export class OuterConnection {
  /** Of what our TLS listeners show to new connections. SHA-256 of the DER leaf, lower-case hex, as all of them. */
  #shown: string | undefined
  readonly #inFront: ReadonlySet<string>

  /** `inFront`: shown by what terminates TLS for us. */
  constructor(inFront: readonly string[]) {
    this.#inFront = new Set(inFront)
  }

  /** What our TLS listeners show from now on. */
  shows(digest: string): void {
    this.#shown = digest
  }

  judge(outer: Hello['outer'], peer: RequestPeer): OuterJudgement {
    if (!outer.tls) return 'plain'
    const digest = outer.certSha256.toLowerCase()
    if (this.#inFront.has(digest)) return 'proven'
    // Our own certificate on a connection that came here without TLS: nothing that we know to be ours ended it.
    return digest === peer.certSha256 ? 'proven' : 'unproven'
  }

  /** Whether connections that are made now are shown what this one, which is proven, was shown. */
  isStillShown(outer: Hello['outer']): boolean {
    if (!outer.tls) return false
    const digest = outer.certSha256.toLowerCase()
    return this.#inFront.has(digest) || digest === this.#shown
  }
}
