/**
 * Gives the memory of a chunk back as soon as it has been written on. Without it V8 lets some 64 MiB of read
 * chunks pile up before it collects them, for each process that passes large bodies on (measured, Node 24).
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Chunks below share memory with others (Buffer's pool is 8 KiB) or are not worth it. */
const smallestBytes = 16 * 1024

/** Whether `from` makes each chunk anew and `to` keeps none: sockets of the system, TLS or not. */
export function canRelease(from: Duplex, to: Duplex): boolean {
  return from instanceof Socket && to instanceof Socket
}

/** Only for a chunk that a socket emitted, after the callback of its write; nobody may hold it any longer. */
export function releaseChunk(chunk: Uint8Array): void {
  const { buffer } = chunk as { buffer: ArrayBufferLike & { transfer?: (bytes: number) => unknown } }
  const isWhole = chunk.byteOffset === 0 && chunk.length === buffer.byteLength
  // Node 20 lacks `transfer`; there the collector does it, later.
  if (isWhole && chunk.length >= smallestBytes) buffer.transfer?.(0)
}
