/** What the preload gives the windows: exactly the contract's calls and events, and the types of it. No schema is run in here. */
import { type Contract, shaped } from './declare.ts'
import type { ClientWire } from './derive.ts'

export interface RawRenderer {
  invoke(channel: string, argument: unknown): Promise<unknown>
  on(channel: string, listener: (event: unknown, payload: unknown) => void): unknown
  removeListener(channel: string, listener: (event: unknown, payload: unknown) => void): unknown
}

type RawCall = (argument: unknown) => Promise<unknown>
type RawEvent = (listener: (payload: unknown) => void) => () => void
export type Bridge = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export function bridgeOf(contract: Contract, raw: RawRenderer): Bridge {
  return shaped(contract, (channel, member) => {
    if (member.kind === 'call')
      return ((argument: unknown) => raw.invoke(channel, argument)) satisfies RawCall
    return ((listener: (payload: unknown) => void) => {
      const heard = (_: unknown, payload: unknown) => listener(payload)
      raw.on(channel, heard)
      return () => void raw.removeListener(channel, heard)
    }) satisfies RawEvent
  })
}

/** The windows' wire over such a bridge. Main keeps the deadlines. */
export function wireOverBridge(bridge: Bridge): ClientWire {
  const member = (channel: string) => {
    const [group = '', name = ''] = channel.split('.')
    return bridge[group]?.[name]
  }
  return {
    invoke: (channel, argument) => (member(channel) as RawCall)(argument),
    listen: (channel, listener) => (member(channel) as RawEvent)(listener),
  }
}
