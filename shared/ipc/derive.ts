/** The two ends of a contract, derived from it: schemas are checked on both. How messages travel is the caller's. */
import * as v from 'valibot'
import { TildegateError } from '../errors.ts'
import { type Client, type Contract, type Emitter, type Handlers, membersOf, shaped } from './declare.ts'
import { failureOf, IpcFailure, type Reply, reply } from './reply.ts'
import { isBearable } from './size.ts'

export interface ClientWire {
  /** Resolves with a `Reply`, unchecked. */
  invoke(channel: string, argument: unknown, deadlineMs: number): Promise<unknown>
  /** The result takes the listener off. */
  listen(channel: string, listener: (payload: unknown) => void): () => void
}

export function clientOf<const C extends Contract>(contract: C, wire: ClientWire): Client<C> {
  return shaped(contract, (channel, member) => {
    if (member.kind === 'event') {
      return (listener: (payload: unknown) => void) =>
        wire.listen(channel, payload => listener(v.parse(member.payload, payload)))
    }
    return async (argument?: unknown) => {
      const answer = v.parse(reply, await wire.invoke(channel, argument, member.deadlineMs))
      if (!answer.ok) throw new IpcFailure(answer.failure)
      return v.parse(member.result, answer.value)
    }
  }) as Client<C>
}

export interface Server {
  readonly channels: readonly string[]
  /** Never rejects: what is wrong with the call or went wrong in it is in the reply. */
  answer(channel: string, argument: unknown): Promise<Reply>
}

/** `onError` gets what the asker is not told: the cause. */
export function serverOf<const C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  onError: (channel: string, error: unknown) => void,
): Server {
  const answers = new Map<string, (argument: unknown) => Promise<unknown>>()
  for (const { group, name, channel, member } of membersOf(contract)) {
    if (member.kind !== 'call') continue
    const handle = (handlers as Record<string, Record<string, (argument: unknown) => unknown>>)[group]?.[name]
    if (handle === undefined) throw new RangeError(`Nothing answers ${channel}.`)
    answers.set(channel, async argument => {
      if (!isBearable(argument)) throw new TildegateError('ipc-refused', { channel })
      const checked = v.safeParse(member.argument, argument)
      if (!checked.success) throw new TildegateError('ipc-refused', { channel })
      return v.parse(member.result, await handle(checked.output))
    })
  }
  return {
    channels: [...answers.keys()],
    async answer(channel, argument) {
      try {
        const found = answers.get(channel)
        if (found === undefined) throw new TildegateError('ipc-refused', { channel })
        return { ok: true, value: await found(argument) }
      } catch (error) {
        onError(channel, error)
        return { ok: false, failure: failureOf(error) }
      }
    },
  }
}

export function emitterOf<const C extends Contract>(
  contract: C,
  send: (channel: string, payload: unknown) => void,
): Emitter<C> {
  return shaped(contract, (channel, member) =>
    member.kind === 'event'
      ? (payload: unknown) => send(channel, v.parse(member.payload, payload))
      : undefined,
  ) as Emitter<C>
}
