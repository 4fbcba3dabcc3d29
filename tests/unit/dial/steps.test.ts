import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createDialer, type DialStep } from '../../../net/dial/index.ts'
import type { ResolvedHop } from '../../../net/proxy/chain.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { Secret } from '../../../shared/secret.ts'
import { listening } from '../../support/listening.ts'
import { selfSigned } from '../../support/self-signed.ts'

/** Answers every request with these heads, one each, and then is whatever the next connection wants: nothing. */
const answering = (...heads: string[]) =>
  createServer(socket => {
    const left = [...heads]
    socket.on('data', () => socket.write(left.shift() ?? ''))
  })

async function stepsOf(
  gateway: { scheme?: 'http' | 'https'; host: string; port: number },
  resolved: readonly ResolvedHop[] = [],
): Promise<string[]> {
  const steps: DialStep[] = []
  const dialer = createDialer({
    clock: systemClock,
    random: systemRandom,
    resolveHops: async () => [{ hops: resolved }],
  })
  const hops = resolved.map(({ kind, host, port }) => ({ kind, host, port }))
  const signal = AbortSignal.timeout(10_000)
  await dialer.dial({ gateway, hops }, { signal, onStep: step => steps.push(step) }).then(
    line => line.reset(),
    () => {},
  )
  for (const step of steps) if ('ms' in step) expect(step.ms).toBeGreaterThanOrEqual(0)
  return steps.map(step =>
    step.step === 'route' ? `route ${step.hops.length}` : `${step.step} ${step.hop} ${step.state}`,
  )
}

const loopback = (port: number) => ({ host: '127.0.0.1', port })
const open = 'HTTP/1.1 200 Connection established\r\n\r\n'
const login = { scheme: 'basic', user: 'u', password: Secret.fromText('p') } as const

describe('the steps of a dial', () => {
  it('are TCP and TLS on the direct way', async () => {
    const { key, cert } = await selfSigned()
    const port = await listening(createTlsServer({ key, cert }))
    expect(await stepsOf(loopback(port))).toEqual([
      'route 0',
      'tcp 0 begun',
      'tcp 0 done',
      'tls 0 begun',
      'tls 0 done',
    ])
  })

  it('begin anew where the gateway speaks no TLS', async () => {
    const port = await listening(
      createServer(socket => socket.once('data', () => socket.end('HTTP/1.1 400 \r\n\r\n'))),
    )
    expect(await stepsOf(loopback(port))).toEqual([
      'route 0',
      'tcp 0 begun',
      'tcp 0 done',
      'tls 0 begun',
      'tls 0 absent',
      'route 0',
      'tcp 0 begun',
      'tcp 0 done',
    ])
  })

  it('name each proxy that lets us through, and end in the one that does not', async () => {
    const port = await listening(answering(open, 'HTTP/1.1 403 Forbidden\r\n\r\n'))
    const first = { kind: 'http', ...loopback(port), login } as const
    expect(
      await stepsOf({ scheme: 'http', host: 'gateway.example', port: 443 }, [first, { ...first, port: 1 }]),
    ).toEqual([
      'route 2',
      'tcp 1 begun',
      'tcp 1 done',
      'connect 1 begun',
      'connect 1 done',
      'connect 2 begun',
    ])
  })

  it('begin with the name where there is one, and end there where it is not known', async () => {
    const port = await listening(createServer())
    expect(await stepsOf({ scheme: 'http', host: 'localhost', port })).toEqual([
      'route 0',
      'name 0 begun',
      'name 0 done',
      'tcp 0 begun',
      'tcp 0 done',
    ])
    expect(await stepsOf({ scheme: 'http', host: 'nothing.invalid', port })).toEqual([
      'route 0',
      'name 0 begun',
    ])
  })

  it('end in TCP where nothing listens', async () => {
    expect(await stepsOf({ scheme: 'http', ...loopback(1) })).toEqual(['route 0', 'tcp 0 begun'])
  })

  it('tell the scheme of a login, the address that answered and the certificate, and no password', async () => {
    const steps: DialStep[] = []
    const { key, cert } = await selfSigned()
    const port = await listening(
      createTlsServer({ key, cert }, socket => socket.once('data', () => socket.write(open))),
    )
    const hop = { kind: 'https', host: '127.0.0.1', port, login } as const
    const settings = {
      clock: systemClock,
      random: systemRandom,
      proxyCa: cert,
      resolveHops: async () => [{ hops: [hop] }],
    }
    const line = await createDialer(settings).dial(
      {
        gateway: { scheme: 'http', host: 'gateway.example', port: 80 },
        hops: [{ kind: 'https', host: '127.0.0.1', port }],
      },
      { signal: AbortSignal.timeout(10_000), onStep: step => steps.push(step) },
    )
    line.reset()
    expect(steps).toContainEqual(
      expect.objectContaining({ step: 'tcp', state: 'done', address: '127.0.0.1' }),
    )
    expect(steps).toContainEqual(
      expect.objectContaining({ step: 'tls', hop: 1, state: 'done', authorized: true, version: 'TLSv1.3' }),
    )
    expect(steps).toContainEqual(
      expect.objectContaining({ step: 'connect', hop: 1, state: 'done', scheme: 'Basic' }),
    )
    expect(steps[0]).toEqual({
      step: 'route',
      hops: [{ kind: 'https', host: '127.0.0.1', port, login: 'basic' }],
    })
  })
})
