/** Several ways to a gateway, as a PAC file names them: their order, what is out of reach, what is an answer, and who is blamed. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDialer, type Way } from '../../../net/dial/index.ts'
import type { ResolvedHop } from '../../../net/proxy/chain.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { Secret } from '../../../shared/secret.ts'
import { type ConnectProxyOptions, startConnectProxy } from '../../support/connect-proxy.ts'

async function startProxy(options?: ConnectProxyOptions) {
  const proxy = await startConnectProxy(options)
  onTestFinished(() => proxy.close())
  return proxy
}

/** A port at which nothing listens. */
async function deadPort(): Promise<number> {
  const proxy = await startConnectProxy()
  await proxy.close()
  return proxy.port
}

async function startEcho() {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.end('hello')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const system = (port: number, number = 1): ResolvedHop => ({
  kind: 'http',
  host: '127.0.0.1',
  port,
  number,
  source: 'PAC http://pac.example/',
})
const written = (port: number, number: number): ResolvedHop => ({
  kind: 'http',
  host: '127.0.0.1',
  port,
  number,
})

interface Scene {
  readonly ways: readonly Way['hops'][]
  readonly gateway: number
}

function scene({ ways, gateway }: Scene) {
  const calls: string[] = []
  const dialer = createDialer({
    clock: systemClock,
    random: systemRandom,
    connectMs: 2_000,
    resolveHops: async () => ways.map(hops => ({ hops })),
    onOutOfReach: () => calls.push('out of reach'),
    onNetworkChange: () => calls.push('network change'),
  })
  const route = {
    gateway: { scheme: 'http', host: '127.0.0.1', port: gateway },
    hops: [{ kind: 'system' }],
  } as const
  const hops: number[] = []
  const dial = async () => {
    const line = await dialer.dial(route, {
      signal: AbortSignal.timeout(10_000),
      onHop: hop => hops.push(hop),
    })
    const [bytes] = await once(line.socket, 'data')
    line.reset()
    return String(bytes)
  }
  const look = () =>
    dialer.look(route, { signal: AbortSignal.timeout(10_000), connectMs: 2_000, lookMs: 2_000 })
  return { dialer, dial, look, calls, hops }
}

describe('of several ways', () => {
  it('the second is taken where the first proxy is out of reach, and stays the first choice', async () => {
    const [gateway, dead, alive] = [await startEcho(), await deadPort(), await startProxy()]
    const { dial, hops, calls } = scene({ gateway, ways: [[system(dead)], [system(alive.port)]] })
    expect(await dial()).toBe('hello')
    expect(hops).toEqual([1, 1])
    expect(calls).toEqual(['out of reach'])
    expect(await dial()).toBe('hello')
    expect(hops).toEqual([1, 1, 1])
    expect(alive.asked).toHaveLength(2)
  })

  it('the first is tried first again after a network change', async () => {
    const [gateway, dead, alive] = [await startEcho(), await deadPort(), await startProxy()]
    const { dialer, dial, hops, calls } = scene({ gateway, ways: [[system(dead)], [system(alive.port)]] })
    await dial()
    dialer.networkChanged()
    await dial()
    expect(hops).toEqual([1, 1, 1, 1])
    expect(calls).toEqual(['out of reach', 'network change', 'out of reach'])
  })

  it('the direct one may be the last, or the first', async () => {
    const [gateway, dead, alive] = [await startEcho(), await deadPort(), await startProxy()]
    expect(await scene({ gateway, ways: [[system(dead)], []] }).dial()).toBe('hello')
    const { dial } = scene({ gateway: dead, ways: [[], [system(alive.port)]] })
    await expect(dial()).rejects.toMatchObject({ code: 'proxy-far-side-failed' })
    expect(alive.asked).toEqual([`127.0.0.1:${dead}`])
  })

  it.each([
    ['407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM', 'system-proxy-login-required'],
    ['403 Forbidden', 'proxy-forbidden'],
    ['503 Service Unavailable', 'proxy-far-side-failed'],
  ])('none is tried behind the back of a proxy that answers %s', async (refusal, code) => {
    const [gateway, first, second] = [await startEcho(), await startProxy({ refusal }), await startProxy()]
    const { dial, calls } = scene({ gateway, ways: [[system(first.port)], [system(second.port)], []] })
    await expect(dial()).rejects.toMatchObject({ code, details: { hopIndex: 1 } })
    expect(second.asked).toEqual([])
    expect(calls).toEqual([])
  })

  it('the one that is blamed, where all are out of reach, is the system’s first', async () => {
    const [gateway, first, second] = [await startEcho(), await deadPort(), await deadPort()]
    const { dial } = scene({ gateway, ways: [[system(first)], [system(second)]] })
    for (let i = 0; i < 2; i++) {
      await expect(dial()).rejects.toMatchObject({
        code: 'proxy-unreachable',
        details: { hop: `127.0.0.1:${first}` },
      })
    }
  })

  it('the second is taken where the proxy before cannot reach the first', async () => {
    const [gateway, before, dead, alive] = [
      await startEcho(),
      await startProxy(),
      await deadPort(),
      await startProxy(),
    ]
    const to = (port: number) => [written(before.port, 1), system(port, 2)]
    const { dial, hops } = scene({ gateway, ways: [to(dead), to(alive.port)] })
    expect(await dial()).toBe('hello')
    expect(hops).toEqual([1, 1, 2])
    expect(before.asked).toEqual([`127.0.0.1:${dead}`, `127.0.0.1:${alive.port}`])
  })
})

describe('a hop', () => {
  it('keeps its number where system before it is the direct way', async () => {
    const [gateway, dead] = [await startEcho(), await deadPort()]
    const { dial, hops } = scene({ gateway, ways: [[written(dead, 2)]] })
    await expect(dial()).rejects.toMatchObject({ code: 'proxy-unreachable', details: { hopIndex: 2 } })
    expect(hops).toEqual([2])
  })

  it('behind a system proxy is blamed itself, and no other way is tried', async () => {
    const [gateway, first, second] = [await startEcho(), await startProxy(), await startProxy()]
    const refusing = await startProxy({ refusal: '403 Forbidden' })
    const { dial } = scene({
      gateway,
      ways: [
        [system(first.port), written(refusing.port, 2)],
        [system(second.port), written(refusing.port, 2)],
      ],
    })
    await expect(dial()).rejects.toMatchObject({ code: 'proxy-forbidden', details: { hopIndex: 2 } })
    expect(second.asked).toEqual([])
  })

  it('that the system names without the login it asks for says what to write', async () => {
    const refusal = '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"'
    const [gateway, proxy] = [await startEcho(), await startProxy({ refusal })]
    const { dial } = scene({ gateway, ways: [[system(proxy.port)]] })
    const at = `127.0.0.1:${proxy.port}`
    await expect(dial()).rejects.toMatchObject({
      message: `The proxy ${at} asks for a login (Basic); this computer names the proxy (PAC http://pac.example/), but no login for it.`,
      mend: `Write the proxy with its login in place of system: user:password@${at}, or domain\\user:password@${at} for NTLM. Or store one: tildegate secret set --hop ${at} --login user`,
    })
  })

  it('that the system names with a login for Basic, and that wants NTLM, says where to mend it', async () => {
    const refusal = '407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM'
    const [gateway, proxy] = [await startEcho(), await startProxy({ refusal })]
    const login = { scheme: 'basic', user: 'u', password: Secret.fromText('p') } as const
    const { dial } = scene({ gateway, ways: [[{ ...system(proxy.port), login }]] })
    await expect(dial()).rejects.toMatchObject({
      code: 'system-proxy-wants-ntlm',
      message: expect.stringContaining('(PAC http://pac.example/) asks for Basic'),
    })
  })
})

describe('a look at several ways', () => {
  it('finds one open where any is, and tells of the first where none is', async () => {
    const [gateway, dead, deader, alive] = [
      await startEcho(),
      await deadPort(),
      await deadPort(),
      await startProxy(),
    ]
    const look = (ways: readonly Way['hops'][]) => scene({ gateway, ways }).look()
    await look([[system(dead)], [system(alive.port)]])
    await look([[system(dead)], []])
    await expect(look([[system(dead)], [system(deader)]])).rejects.toMatchObject({ details: { port: dead } })
    expect(alive.asked).toEqual([])
  })
})
