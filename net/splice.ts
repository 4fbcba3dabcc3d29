/**
 * Two streams joined: what one reads the other writes, with backpressure and half-closes, until both have ended
 * or one breaks off. Owns both from the call on. It buffers no more than the streams' own high-water marks.
 */
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../shared/world.ts'
import { canRelease, releaseChunk } from './chunk-release.ts'

/** `reset` ends the side at once, as broken off where the transport can say so. */
export interface SpliceSide {
  readonly stream: Duplex
  reset(cause?: Error): void
}

export interface SpliceOptions {
  readonly clock: Clock
  /** Once one side has ended, how long nothing may move before both are dropped. Default 60 s. */
  readonly halfClosedIdleMs?: number
  /** Told when `b` ends its stream, before `a` is ended: in order, or because it broke off. Once. */
  readonly onBackEnd?: (inOrder: boolean) => void
}

/** `order`: both sides ended. Else who broke off: a side, the deadline, or the owner by `destroy`. */
export type SpliceEnd = 'order' | 'a' | 'b' | 'idle' | 'owner'

export interface Splice {
  readonly ended: Promise<SpliceEnd>
  readonly bytes: { readonly fromA: number; readonly fromB: number }
  /** Drops both sides now. Idempotent. */
  destroy(cause?: Error): void
}

export function splice(a: SpliceSide, b: SpliceSide, options: SpliceOptions): Splice {
  const { clock, halfClosedIdleMs = 60_000 } = options
  const bytes = { fromA: 0, fromB: 0 }
  let isOver = false
  let hasToldBack = false
  let unfinished = 4
  let movedAt = 0
  let timer: Timer | undefined
  let resolve: (how: SpliceEnd) => void = () => {}
  const ended = new Promise<SpliceEnd>(resolveEnded => {
    resolve = resolveEnded
  })

  const tellBack = (inOrder: boolean) => {
    if (hasToldBack) return
    hasToldBack = true
    options.onBackEnd?.(inOrder)
  }

  const finish = (how: SpliceEnd, cause?: Error) => {
    if (isOver) return
    isOver = true
    timer?.cancel()
    if (how === 'order') {
      a.stream.destroy()
      b.stream.destroy()
    } else {
      tellBack(false)
      a.reset(cause)
      b.reset(cause)
    }
    resolve(how)
  }

  /** One of four: each side has ended its stream and has been ended. */
  const oneLess = () => {
    unfinished -= 1
    if (unfinished === 0) finish('order')
  }

  const watchHalfClosed = () => {
    movedAt = clock.now()
    if (timer !== undefined || isOver) return
    const look = () => {
      const left = movedAt + halfClosedIdleMs - clock.now()
      if (left <= 0) finish('idle', new Error('half-closed and idle'))
      else timer = clock.after(left, look)
    }
    timer = clock.after(halfClosedIdleMs, look)
  }

  const join = (from: SpliceSide, to: SpliceSide, who: 'a' | 'b', count: (length: number) => void) => {
    const { stream } = from
    const sink = to.stream
    const releases = canRelease(stream, sink)
    let hasEnded = false
    stream.on('data', (chunk: Uint8Array) => {
      count(chunk.length)
      if (timer !== undefined) movedAt = clock.now()
      const isTaken = releases ? sink.write(chunk, error => !error && releaseChunk(chunk)) : sink.write(chunk)
      if (!isTaken) stream.pause()
    })
    sink.on('drain', () => stream.resume())
    stream.on('end', () => {
      hasEnded = true
      if (isOver) return
      if (who === 'b') tellBack(true)
      sink.end()
      watchHalfClosed()
      oneLess()
    })
    sink.on('finish', oneLess)
    stream.on('error', error => finish(who, error))
    stream.on('close', () => {
      if (!hasEnded || !stream.writableFinished) finish(who, new Error('closed without an end'))
    })
    if (stream.destroyed) finish(who, new Error('closed before'))
  }

  join(a, b, 'a', length => {
    bytes.fromA += length
  })
  join(b, a, 'b', length => {
    bytes.fromB += length
  })
  a.stream.resume()
  b.stream.resume()
  return { ended, bytes, destroy: cause => finish('owner', cause) }
}
