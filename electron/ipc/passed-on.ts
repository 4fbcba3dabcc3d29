/** The engine's calls that windows may make, answered by asking the engine: one loop, no list. */

import type { Handlers } from '../../shared/ipc/declare.ts'
import { membersOf } from '../../shared/ipc/declare.ts'
import { engineForWindows } from '../../shared/ipc/engine-contract.ts'
import type { EngineClient } from '../engine-process.ts'

type AnyCall = (argument: unknown) => Promise<unknown>
type AnyEvent = (listener: (payload: unknown) => void) => () => void
type AnyEmit = (payload: unknown) => void
type Groups<Member> = Readonly<Record<string, Readonly<Record<string, Member>>>>

/** `engine` is asked for anew at each call: it may have been restarted. */
export function callsPassedOn(engine: () => EngineClient): Handlers<typeof engineForWindows> {
  const handlers: Record<string, Record<string, AnyCall>> = {}
  for (const { group, name, member } of membersOf(engineForWindows)) {
    if (member.kind !== 'call') continue
    handlers[group] ??= {}
    handlers[group][name] = async argument =>
      (engine() as unknown as Groups<AnyCall>)[group]?.[name]?.(argument)
  }
  return handlers as unknown as Handlers<typeof engineForWindows>
}

/** What an engine tells goes on to the windows. */
export function passEventsOn(engine: EngineClient, tell: object): void {
  for (const { group, name, member } of membersOf(engineForWindows)) {
    if (member.kind !== 'event') continue
    const listen = (engine as unknown as Groups<AnyEvent>)[group]?.[name]
    const emit = (tell as Groups<AnyEmit>)[group]?.[name]
    if (listen !== undefined && emit !== undefined) listen(emit)
  }
}
