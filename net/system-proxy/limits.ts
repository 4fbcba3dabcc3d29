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
  /** One command of the system, for example `gsettings`. */
  commandMs: 3_000,
  commandBytes: 256 * 1024,
  /** A settings file. */
  fileBytes: 256 * 1024,
  pacFetchMs: 4_000,
  /** As browsers have it. */
  pacBytes: 1024 * 1024,
  /** How long a PAC file is kept. */
  pacFileMs: 5 * 60_000,
  pacFiles: 4,
  /** One run, names resolved for it included. */
  pacRunMs: 4_000,
  /** One name that a PAC file asks for; after it the name counts as unknown. */
  pacNameMs: 1_500,
  /** Names that are resolved for one run. */
  pacNames: 32,
  /** Of the engine in which a PAC file runs. */
  pacMemoryBytes: 32 * 1024 * 1024,
  /** Of the thread around it. */
  pacHeapMiB: 64,
} as const
