/** An agent whose entry asks visitors for a password: what it tells the gateway, and that it never shares without. */
import { describe, expect, test } from 'vitest'
import { createTunnel, type TunnelState, testRoute, visitorPasswordFrom } from '../../../agent/index.ts'
import { createDialer } from '../../../net/dial/index.ts'
import { hashVisitorPassword } from '../../../net/visitor-password.ts'
import { systemClock as clock, systemRandom as random } from '../../../net/world.ts'
import { parseAgentLine } from '../../../shared/balance/index.ts'
import { Secret } from '../../../shared/secret.ts'
import { silentLog } from '../../../shared/world.ts'
import { startGatewayTwin, type TwinOptions } from '../../support/gateway-twin.ts'

async function scene(options: TwinOptions = {}) {
  const gateway = await startGatewayTwin(options)
  const environment: Record<string, string> = { VISITORS: 'open sesame' }
  const [entry] = parseAgentLine(`/~~a=pw#http://127.0.0.1:${gateway.port} => visitors=env:VISITORS;`).entries
  if (entry === undefined) throw new Error('no entry')
  const common = {
    entry,
    passwordOf: async () => Secret.fromText('pw'),
    visitorPasswordOf: visitorPasswordFrom(environment),
    dialer: createDialer({ clock, random }),
    agent: 'tildegate/0.0.0',
    ...{ clock, random, log: silentLog },
  }
  return { gateway, environment, common }
}

async function untilState(tunnel: ReturnType<typeof createTunnel>, state: TunnelState['state']) {
  return new Promise<TunnelState>(resolve => {
    tunnel.onState(shown => {
      if (shown.state === state) resolve(shown)
    })
  })
}

describe('a tunnel whose visitors are asked', () => {
  test('sends a verifier and never the password; it stays over a reconnect, and is new with the password', async () => {
    const { gateway, environment, common } = await scene({ terms: { visitors: true } })
    const tunnel = createTunnel(common)
    tunnel.start()
    const verifiers: string[] = []
    for (const password of ['open sesame', 'open sesame', 'another']) {
      environment['VISITORS'] = password
      const session = await gateway.sessions.next(30_000)
      const { scrypt } = session.hello.visitors ?? {}
      if (scrypt === undefined) throw new Error('no verifier')
      expect((await hashVisitorPassword(Secret.fromText(password), scrypt)).toString('hex')).toBe(scrypt.hash)
      expect(JSON.stringify(session.hello)).not.toContain(password)
      verifiers.push(`${scrypt.salt} ${scrypt.hash}`)
      if (verifiers.length === 2) environment['VISITORS'] = 'another'
      session.channel.destroy()
      tunnel.wake()
    }
    expect(verifiers[1]).toBe(verifiers[0])
    expect(verifiers[2]).not.toBe(verifiers[0])
    await tunnel.close()
  })

  test('is not shared through a gateway that does not say that it asks: no back-connection is opened', async () => {
    const { gateway, common } = await scene()
    const tunnel = createTunnel(common)
    const needy = untilState(tunnel, 'needsUser')
    tunnel.start()
    const session = await gateway.sessions.next(30_000)
    session.ask()
    expect(await needy).toMatchObject({ code: 'visitors-not-asked', details: { gateway: 'twin' } })
    await session.closed
    expect(gateway.presented.all).toEqual([])
    await tunnel.close()
  })

  test.each([
    ['is not set', {}],
    ['is longer than a password may be', { VISITORS: 'x'.repeat(1025) }],
  ])('is not shared where the password %s', async (_, environment) => {
    const { gateway, common } = await scene({ terms: { visitors: true } })
    const tunnel = createTunnel({ ...common, visitorPasswordOf: visitorPasswordFrom(environment) })
    const needy = untilState(tunnel, 'needsUser')
    tunnel.start()
    expect(await needy).toMatchObject({ code: 'password-missing' })
    expect(gateway.sessions.all).toEqual([])
    await tunnel.close()
  })

  test('is not shared by an engine that does not know where the password is', async () => {
    const { common } = await scene({ terms: { visitors: true } })
    const { visitorPasswordOf, ...without } = common
    const tunnel = createTunnel(without)
    const needy = untilState(tunnel, 'needsUser')
    tunnel.start()
    expect(await needy).toMatchObject({ code: 'password-missing' })
    await tunnel.close()
  })
})

describe('the connection test', () => {
  test.each([
    [{ visitors: true } as const, undefined],
    [{}, 'visitors-not-asked'],
  ])('at a gateway that says %j', async (terms, code) => {
    const { common } = await scene({ terms })
    const report = await testRoute({ ...common, signal: AbortSignal.timeout(30_000) })
    const failed = report.stations.find(({ state }) => state === 'failed')
    expect(failed?.code).toBe(code)
  })
})
