import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { TildegateError } from '../../../shared/errors.ts'
import { appContract } from '../../../shared/ipc/app-contract.ts'
import { call, event, membersOf } from '../../../shared/ipc/declare.ts'
import { clientOf, emitterOf, serverOf } from '../../../shared/ipc/derive.ts'
import { engineContract } from '../../../shared/ipc/engine-contract.ts'
import { type Port, serveOverPort, wireOverPort } from '../../../shared/ipc/port.ts'
import { isBearable } from '../../../shared/ipc/size.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const contract = {
  doors: {
    open: call(v.strictObject({ name: v.string() }), v.number()),
    close: call(v.undefined(), v.void()),
    opened: event(v.object({ name: v.string() })),
  },
} as const

const handlers = { doors: { open: ({ name }: { name: string }) => name.length, close: () => {} } }

function portPair(): [Port, Port] {
  const listeners = [new Set<(message: unknown) => void>(), new Set<(message: unknown) => void>()] as const
  const end = (own: 0 | 1): Port => ({
    send: message => {
      const copy: unknown = structuredClone(message)
      queueMicrotask(() => {
        for (const listener of listeners[own === 0 ? 1 : 0]) listener(copy)
      })
    },
    onMessage(listener) {
      listeners[own].add(listener)
      return () => listeners[own].delete(listener)
    },
  })
  return [end(0), end(1)]
}

describe('a server made of a contract', () => {
  const errors: unknown[] = []
  const server = serverOf(contract, handlers, (_, error) => errors.push(error))

  it('answers a call with what its handler gives', async () => {
    expect(await server.answer('doors.open', { name: 'front' })).toEqual({ ok: true, value: 5 })
  })

  it.each([
    ['an argument of another type', 'doors.open', { name: 7 }],
    ['a field that nobody asked for', 'doors.open', { name: 'front', also: 1 }],
    ['an argument where none belongs', 'doors.close', { name: 'front' }],
    ['a name that is in no contract', 'doors.paint', {}],
    ['an event', 'doors.opened', { name: 'front' }],
    ['a name of every object', 'constructor', {}],
    ['an oversized argument', 'doors.open', { name: 'x'.repeat(3_000_000) }],
  ])('refuses %s', async (_, channel, argument) => {
    expect(await server.answer(channel, argument)).toMatchObject({
      ok: false,
      failure: { code: 'ipc-refused' },
    })
  })

  it('tells a failure by code and words, and keeps its cause to itself', async () => {
    const cause = new Error('at /home/sophie/secret')
    const failing = serverOf(
      contract,
      {
        doors: {
          open: () => {
            throw new TildegateError('tunnel-not-listed', { name: 'x' }, { cause })
          },
          close: () => {
            throw cause
          },
        },
      },
      () => {},
    )
    const told = [
      await failing.answer('doors.open', { name: 'a' }),
      await failing.answer('doors.close', undefined),
    ]
    expect(told.map(reply => (reply.ok ? '' : reply.failure.code))).toEqual(['tunnel-not-listed', 'internal'])
    expect(JSON.stringify(told)).not.toContain('sophie')
  })
})

describe('a client over a port', () => {
  it('gets results and events from the other side', async () => {
    const [near, far] = portPair()
    const { emit } = serveOverPort(contract, handlers, far, () => {})
    const client = clientOf(contract, wireOverPort(near, new VirtualClock()))
    const heard = new Promise(resolve => client.doors.opened(resolve))
    expect(await client.doors.open({ name: 'back' })).toBe(4)
    emit.doors.opened({ name: 'back' })
    expect(await heard).toEqual({ name: 'back' })
  })

  it('gives a call up after its deadline', async () => {
    const clock = new VirtualClock()
    const client = clientOf(contract, wireOverPort(portPair()[0], clock))
    const asked = expect(client.doors.open({ name: 'a' })).rejects.toMatchObject({ code: 'engine-silent' })
    await clock.pass(10_000)
    await asked
    expect(clock.waiting).toBe(0)
  })

  it('fails what waits when the other side is gone', async () => {
    const wire = wireOverPort(portPair()[0], new VirtualClock())
    const asked = expect(clientOf(contract, wire).doors.close()).rejects.toMatchObject({
      code: 'engine-silent',
    })
    wire.close()
    await asked
  })

  it('drops what is no message', async () => {
    const [near, far] = portPair()
    serveOverPort(contract, handlers, far, () => {})
    for (const message of [undefined, 'text', { kind: 'call' }, { kind: 'reply', id: 'x' }])
      near.send(message)
    expect(await clientOf(contract, wireOverPort(near, new VirtualClock())).doors.open({ name: 'a' })).toBe(1)
  })
})

describe('the contracts', () => {
  it('have nothing that reads a secret', () => {
    const channels = [...membersOf(appContract), ...membersOf(engineContract)].map(({ channel }) => channel)
    expect(
      channels.filter(channel => /secret|password|keychain/i.test(channel) && /get|read|show/i.test(channel)),
    ).toEqual([])
  })

  it('check what they tell', () => {
    const emit = emitterOf(contract, () => {})
    expect(() => emit.doors.opened({ name: 7 } as never)).toThrow()
  })
})

describe('a bearable message', () => {
  it.each([
    ['a function', () => {}],
    ['an object of a class', new Map()],
    ['a buffer', new Uint8Array(3)],
    ['a deep nest', JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`)],
    ['too many values', Array.from({ length: 60_000 }, () => 1)],
  ])('is not %s', (_, value) => {
    expect(isBearable(value)).toBe(false)
  })
})
