/** A gateway that HTTP/2 visitors try the patience of, and whether it serves others all the same. The tunnel is `t`. */
import { expect } from 'vitest'
import { silentCounters } from '../../gateway/http/counters.ts'
import { Http2Gateway, type Http2GatewayOptions } from './http2-gateway.ts'
import { ask, frameTypes, type Http2RawPeer } from './http2-raw-peer.ts'
import type { RawPeer } from './raw-peer.ts'
import { VirtualClock } from './virtual-clock.ts'

export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

export async function open(limits: Http2GatewayOptions['limits'] = {}) {
  const clock = new VirtualClock()
  const violations: string[] = []
  const gateway = await Http2Gateway.forTest({
    clock,
    ...(limits === undefined ? {} : { limits }),
    counters: { ...silentCounters, protocolViolation: reason => void violations.push(reason) },
  })
  return { gateway, clock, violations }
}

/** It is served as if nothing were. */
export async function isServed(gateway: Http2Gateway, visitor?: Http2RawPeer, stream = 1): Promise<void> {
  const peer = visitor ?? (await gateway.rawVisitor())
  peer.request(stream, ask('GET', 'served'))
  const target = await askedFor(gateway, 'served')
  target.send(ok)
  expect(await peer.endOf(stream)).toBe('whole')
  gateway.upstream.destroy()
}

/** Connections of requests that were taken back have ended. */
export async function askedFor(gateway: Http2Gateway, path: string): Promise<RawPeer> {
  for (;;) {
    const target = await gateway.target.next()
    await target.until(
      () => target.received.includes('\r\n\r\n') || target.hasEnded || target.socket.destroyed,
    )
    if (target.received.startsWith(`GET /${path} `)) return target
  }
}

export const goaway = (peer: Http2RawPeer) => peer.until(({ type }) => type === frameTypes.goaway)
