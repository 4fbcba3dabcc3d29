/**
 * The inner TLS of back-connections (protocol.md, section 5): TLS 1.3 with a certificate made at start, pinned
 * by the agent through the sealed control connection, and the agent's proof as its first 32 bytes. Before the
 * proof is right, not a byte is sent or believed.
 */
import { timingSafeEqual } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { innerProof, type Ticket } from '../../net/seal/index.ts'
import type { Clock, Random } from '../../shared/world.ts'
import { type CertificatePair, certificateDigest, makeSelfSigned } from '../listen/self-signed.ts'
import { type AcceptorLimits, TlsAcceptor } from '../listen/tls-acceptor.ts'

const exporterLabel = 'EXPORTER-tildegate-1'
const exporterBytes = 32
const proofBytes = 32
/** It lives as long as the process; nobody looks at its dates but tools that show it. */
const lifeDays = 3650

export class InnerTls {
  /** Lower-case hex, for WELCOME. */
  readonly certSha256: string
  readonly #acceptor: TlsAcceptor
  readonly #clock: Clock
  readonly #deadlineMs: number

  private constructor(
    { cert, key }: CertificatePair,
    world: { clock: Clock; random: Random },
    limits: AcceptorLimits,
  ) {
    this.certSha256 = certificateDigest(cert)
    this.#clock = world.clock
    this.#deadlineMs = limits.handshakeMs
    this.#acceptor = new TlsAcceptor(
      { cert, key, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' },
      limits,
      world,
    )
  }

  /** With a certificate made now. */
  static async create(world: { clock: Clock; random: Random }, limits: AcceptorLimits): Promise<InnerTls> {
    return new InnerTls(await makeSelfSigned([], lifeDays, world), world, limits)
  }

  /** The stream inside. Rejects, with all destroyed, unless the agent proves the ticket's secret in time. */
  async accept(stream: Duplex, ticket: Ticket): Promise<TLSSocket> {
    const begin = this.#clock.now()
    const inner = await this.#acceptor.secure(stream)
    try {
      const exported = inner.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0))
      const leftMs = Math.max(0, this.#deadlineMs - (this.#clock.now() - begin))
      const proof = await readExactly(inner, proofBytes, leftMs, this.#clock)
      if (!timingSafeEqual(proof, innerProof(ticket.secret, exported))) throw new Error('wrong proof')
      return inner
    } catch (cause) {
      inner.destroy()
      throw cause
    }
  }
}

function readExactly(stream: Duplex, count: number, deadlineMs: number, clock: Clock): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const bytes: Buffer | null = stream.read(count)
      if (bytes === null) return
      settle()
      // At its end a stream gives what is left, be it less.
      if (bytes.length === count) resolve(bytes)
      else reject(new Error('ended within the proof'))
    }
    const onEnd = () => {
      settle()
      reject(new Error('closed within the proof'))
    }
    const timer = clock.after(deadlineMs, () => {
      settle()
      reject(new Error('no proof in time'))
    })
    const settle = () => {
      timer.cancel()
      stream.off('readable', look)
      stream.off('end', onEnd)
      stream.off('close', onEnd)
    }
    stream.on('readable', look)
    stream.on('end', onEnd)
    stream.on('close', onEnd)
    look()
  })
}
