/** Randomness that gives out a list of byte strings in order, and refuses to give more or others than asked for. */
import type { Random } from '../../shared/world.ts'

export function scriptedRandom(...draws: readonly Uint8Array[]): Random {
  const left = [...draws]
  return {
    bytes(count) {
      const next = left.shift()
      if (next?.length !== count) throw new Error(`a draw of ${count} bytes was not foreseen`)
      return Uint8Array.from(next)
    },
    fraction: () => 0.5,
  }
}
