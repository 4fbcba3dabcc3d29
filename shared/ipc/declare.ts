/**
 * How a contract between two processes is declared: as data, a schema for each argument, result and event. All that speaks it (the preload,
 * main's handlers, the windows' client, the engine's port, the tests' twins) is derived from it here, by mapped types and one loop each.
 */
import type * as v from 'valibot'

type Schema<Out = unknown> = v.GenericSchema<unknown, Out>

export interface Call<Argument = unknown, Result = unknown> {
  readonly kind: 'call'
  readonly argument: Schema<Argument>
  readonly result: Schema<Result>
  readonly deadlineMs: number
}

export interface Event<Payload = unknown> {
  readonly kind: 'event'
  readonly payload: Schema<Payload>
}

export type Contract = Readonly<Record<string, Readonly<Record<string, Call | Event>>>>

const usualDeadlineMs = 10_000

/** One thing that can be asked for. The asker gives up after `deadlineMs`. */
export function call<Argument, Result>(
  argument: Schema<Argument>,
  result: Schema<Result>,
  { deadlineMs = usualDeadlineMs } = {},
): Call<Argument, Result> {
  return { kind: 'call', argument, result, deadlineMs }
}

/** One thing that is told without being asked for. */
export function event<Payload>(payload: Schema<Payload>): Event<Payload> {
  return { kind: 'event', payload }
}

type CallNames<Group> = { [M in keyof Group]: Group[M] extends Call ? M : never }[keyof Group]
type EventNames<Group> = { [M in keyof Group]: Group[M] extends Event ? M : never }[keyof Group]
/** A call without an argument takes none. */
type Parameters<Argument> = [Argument] extends [undefined] ? [] : [argument: Argument]

/** What answers the calls. */
export type Handlers<C extends Contract> = {
  readonly [G in keyof C as [CallNames<C[G]>] extends [never] ? never : G]: {
    readonly [M in CallNames<C[G]>]: C[G][M] extends Call<infer Argument, infer Result>
      ? (...argument: Parameters<Argument>) => Result | Promise<Result>
      : never
  }
}

/** What asks. A failed call rejects with an `IpcFailure`; an event's result takes the listener off. */
export type Client<C extends Contract> = {
  readonly [G in keyof C]: {
    readonly [M in keyof C[G]]: C[G][M] extends Call<infer Argument, infer Result>
      ? (...argument: Parameters<Argument>) => Promise<Result>
      : C[G][M] extends Event<infer Payload>
        ? (listener: (payload: Payload) => void) => () => void
        : never
  }
}

/** What tells. */
export type Emitter<C extends Contract> = {
  readonly [G in keyof C as [EventNames<C[G]>] extends [never] ? never : G]: {
    readonly [M in EventNames<C[G]>]: C[G][M] extends Event<infer Payload>
      ? (payload: Payload) => void
      : never
  }
}

/** Each call and event of a contract with the name under which it crosses. */
export function* membersOf(
  contract: Contract,
): Generator<{ group: string; name: string; channel: string; member: Call | Event }> {
  for (const [group, members] of Object.entries(contract)) {
    for (const [name, member] of Object.entries(members)) {
      yield { group, name, channel: `${group}.${name}`, member }
    }
  }
}

/** An object of the contract's shape, made member by member; `make` gives undefined for those left out. */
export function shaped(
  contract: Contract,
  make: (channel: string, member: Call | Event) => unknown,
): Record<string, Record<string, unknown>> {
  const result: Record<string, Record<string, unknown>> = {}
  for (const { group, name, channel, member } of membersOf(contract)) {
    const made = make(channel, member)
    if (made === undefined) continue
    result[group] ??= {}
    result[group][name] = made
  }
  return result
}
