/**
 * What comes in from the world, as arguments: time, chance, a place to log.
 * Nothing below the edges calls `Date.now`, `setTimeout` or `Math.random` itself.
 * The real ones are in `net/world.ts`, the tests' twins in `tests/support/`.
 */

/** A running timer; `cancel` is idempotent. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds that only grow while the process runs (not the wall clock; it may jump after a sleep). */
  now(): number
  /** Wall clock time, milliseconds since 1970, only to be shown or compared with certificates. */
  wall(): number
  /** Calls `callee` once after `delayMs`. Real timers do not keep the process alive on their own. */
  after(delayMs: number, callee: () => void): Timer
}

export interface Random {
  /** `count` bytes fit for keys. */
  bytes(count: number): Uint8Array
  /** Uniform in [0, 1), for jitter only. */
  fraction(): number
}

/** The part of pino that we use. Fields must never hold a secret. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
