/** A stream that may break while nobody reads or writes it: its error harms nobody then. */
import type { EventEmitter } from 'node:events'

/** Idempotent, however many hands a stream goes through. */
export function keepQuiet(stream: EventEmitter): void {
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore)
}

function ignore(): void {}
