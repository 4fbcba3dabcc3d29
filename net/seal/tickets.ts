/** One-time tickets, the proof inside TLS and the proof of a resume: the keyed hashes of docs/protocol.md, 3 and 5. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { concat, utf8 } from '../../shared/protocol/bytes.ts'
import { Secret } from '../../shared/secret.ts'
import type { Random } from '../../shared/world.ts'

const idBytes = 16
const nonceBytes = 16
const macBytes = 32
const secretBytes = 32
/** base64url of id, nonce and mac, without padding. */
const headerPattern = /^[A-Za-z0-9_-]{86}$/

export interface Ticket {
  /** 16 bytes; it may be known. */
  readonly id: Uint8Array
  /** 32 bytes; it crosses the wire in OPEN only, sealed. */
  readonly secret: Secret
}

/** What somebody presented; nothing of it is believed yet. */
export interface Presentation {
  readonly id: Uint8Array
  readonly nonce: Uint8Array
  readonly mac: Uint8Array
}

export function makeTicket(random: Random): Ticket {
  return { id: random.bytes(idBytes), secret: Secret.fromBytes(random.bytes(secretBytes)) }
}

/** The value of `Tildegate-Ticket`. `session` is 16 bytes. */
export function ticketHeader(ticket: Ticket, session: Uint8Array, random: Random): string {
  const nonce = random.bytes(nonceBytes)
  return Buffer.from(concat(ticket.id, nonce, ticketMac(ticket, nonce, session))).toString('base64url')
}

/** @returns undefined unless it has exactly the form of a ticket header */
export function presentedTicket(header: string): Presentation | undefined {
  if (!headerPattern.test(header)) return undefined
  const bytes = Buffer.from(header, 'base64url')
  if (bytes.length !== idBytes + nonceBytes + macBytes || bytes.toString('base64url') !== header)
    return undefined
  return {
    id: bytes.subarray(0, idBytes),
    nonce: bytes.subarray(idBytes, idBytes + nonceBytes),
    mac: bytes.subarray(idBytes + nonceBytes),
  }
}

/** In constant time. */
export function ticketMatches(presentation: Presentation, ticket: Ticket, session: Uint8Array): boolean {
  return timingSafeEqual(presentation.mac, ticketMac(ticket, presentation.nonce, session))
}

/** The agent's first bytes inside TLS. `exporter` is 32 bytes of EXPORTER-tildegate-1. */
export function innerProof(secret: Secret, exporter: Uint8Array): Buffer {
  return keyedHash(secret, 'tildegate/1 inner', exporter)
}

/** Proves that the new handshake is by the holder of the session's resume secret. */
export function resumeProof(resumeSecret: Secret, exporter: Uint8Array): Buffer {
  return keyedHash(resumeSecret, 'tildegate/1 resume', exporter)
}

function ticketMac(ticket: Ticket, nonce: Uint8Array, session: Uint8Array): Buffer {
  return keyedHash(ticket.secret, 'tildegate/1 data', ticket.id, nonce, session)
}

function keyedHash(secret: Secret, label: string, ...parts: readonly Uint8Array[]): Buffer {
  return secret.use(key =>
    createHmac('sha512', key)
      .update(concat(utf8(label), ...parts))
      .digest()
      .subarray(0, macBytes),
  )
}
