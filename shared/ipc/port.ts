/** A contract over a message port, as between main and the engine: calls are numbered, and each has its deadline. */
import * as v from 'valibot'
import { TildegateError } from '../errors.ts'
import type { Clock } from '../world.ts'
import type { Contract, Emitter, Handlers } from './declare.ts'
import { type ClientWire, emitterOf, serverOf } from './derive.ts'

export interface Port {
  send(message: unknown): void
  /** The result takes the listener off. */
  onMessage(listener: (message: unknown) => void): () => void
}

const message = v.variant('kind', [
  v.object({ kind: v.literal('call'), id: v.number(), channel: v.string(), argument: v.unknown() }),
  v.object({ kind: v.literal('reply'), id: v.number(), reply: v.unknown() }),
  v.object({ kind: v.literal('event'), channel: v.string(), payload: v.unknown() }),
])

/** Answers the calls that come over the port. What is no message of ours is dropped. */
export function serveOverPort<const C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  port: Port,
  onError: (channel: string, error: unknown) => void,
): { readonly emit: Emitter<C> } {
  const server = serverOf(contract, handlers, onError)
  port.onMessage(raw => {
    const heard = v.safeParse(message, raw)
    if (!heard.success || heard.output.kind !== 'call') return
    const { id, channel, argument } = heard.output
    server.answer(channel, argument).then(
      answer => port.send({ kind: 'reply', id, reply: answer }),
      (error: unknown) => onError(channel, error),
    )
  })
  return { emit: emitterOf(contract, (channel, payload) => port.send({ kind: 'event', channel, payload })) }
}

export interface PortWire extends ClientWire {
  /** The other side is gone: what waits fails. */
  close(): void
}

export function wireOverPort(port: Port, clock: Clock): PortWire {
  const waiting = new Map<number, { resolve(reply: unknown): void; reject(error: Error): void }>()
  const listeners = new Map<string, Set<(payload: unknown) => void>>()
  let lastId = 0
  const off = port.onMessage(raw => {
    const heard = v.safeParse(message, raw)
    if (!heard.success) return
    if (heard.output.kind === 'reply') waiting.get(heard.output.id)?.resolve(heard.output.reply)
    if (heard.output.kind === 'event') {
      for (const listener of listeners.get(heard.output.channel) ?? []) listener(heard.output.payload)
    }
  })
  return {
    invoke(channel, argument, deadlineMs) {
      const id = ++lastId
      return new Promise<unknown>((resolve, reject) => {
        const settled = () => {
          timer.cancel()
          waiting.delete(id)
        }
        const fail = (error: Error) => {
          settled()
          reject(error)
        }
        const timer = clock.after(deadlineMs, () => fail(new TildegateError('engine-silent')))
        waiting.set(id, {
          resolve: answer => {
            settled()
            resolve(answer)
          },
          reject: fail,
        })
        port.send({ kind: 'call', id, channel, argument })
      })
    },
    listen(channel, listener) {
      const all = listeners.get(channel) ?? new Set()
      listeners.set(channel, all.add(listener))
      return () => all.delete(listener)
    },
    close() {
      off()
      for (const call of waiting.values()) call.reject(new TildegateError('engine-silent'))
    },
  }
}
