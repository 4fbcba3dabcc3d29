/**
 * The limits of tildegate/1 (docs/protocol.md, section 6), each with its unit in the name.
 * They are the defaults of settings; what is fixed by the wire format stands under `wire`.
 */
export const wire = {
  /** A handshake message body, bytes (M1…M6). */
  messageMinBytes: 1,
  messageMaxBytes: 512,
  nameMaxBytes: 64,
  /** Ciphertext and tag of one sealed frame, bytes. */
  frameMinBytes: 17,
  frameMaxBytes: 16_400,
  jsonMaxBytes: 4096,
  jsonMaxDepth: 8,
  /** The text of FAILED and CLOSE, bytes of UTF-8. */
  textMaxBytes: 256,
  /** Of VISITS: visits in a frame, and bytes of UTF-8 of their texts. */
  visitsMax: 32,
  visitAddressMaxBytes: 64,
  visitMethodMaxBytes: 32,
  visitPathMaxBytes: 255,
  counterMax: 2 ** 48,
} as const

export const protocolLimits = {
  /** An HTTP head, ours or a visitor's, bytes. */
  headBytes: 16 * 1024,
  handshakeMs: 10_000,
  aliveMs: 20_000,
  deadMs: 60_000,
  ticketMs: 15_000,
  pendingTickets: 64,
  backConnections: 256,
  idleSpareMs: 90_000,
  curveQueue: 256,
  curveQueueMs: 5_000,
  failedGuessesPerNameAndAddressPerMinute: 10,
  failedGuessesPerAddressPerMinute: 60,
  unfinishedHandshakesPerAddress: 256,
  unfinishedHandshakes: 4096,
} as const
