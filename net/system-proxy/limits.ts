/** Deadlines and sizes of asking the system for its proxy. */
export const systemProxyLimits = {
  /** The whole question, commands and PAC file included; well within the deadline of a dial. */
  lookUpMs: 10_000,
  /** How long an answer is taken for true. */
  answerMs: 5 * 60_000,
  /** After a proxy was out of reach an answer older than this is asked for anew. */
  doubtMs: 5_000,
  /** Gateways whose answers are kept. */
  answers: 64,
} as const
