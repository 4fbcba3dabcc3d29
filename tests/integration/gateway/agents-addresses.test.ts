import { describe, expect, test } from 'vitest'
import { oneTunnel, runGateway } from '../../support/running-gateway.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })

describe('the address rule', () => {
  test.each([
    ['*127.0.0.1', true],
    ['*127.0.*', true],
    ['*127.0.0.0/8', true],
    ['*51.254.22.85', false],
    ['*here.example', true],
    ['*there.example', false],
    ['*nowhere.example', false],
  ])('%s accepts an agent from 127.0.0.1: %s', async (rule, isAccepted) => {
    const known: Record<string, string[]> = {
      'here.example': ['192.0.2.1', '::ffff:127.0.0.1'],
      'there.example': ['192.0.2.1', '2001:db8::1'],
    }
    const resolve = async (domain: string) => {
      const found = known[domain]
      if (found === undefined) throw new Error(`${domain} does not exist`)
      return found
    }
    const { agent, lines } = await runGateway({ balance: `/~~srv=pw#:${rule};\n`, resolve })
    if (isAccepted) await agent()
    else {
      await expect(agent()).rejects.toEqual(code('address-refused'))
      expect(lines.some(line => line.includes('the address rule refused an agent'))).toBe(true)
    }
  })

  test('whose domain takes longer than 5 s refuses, with that reason in the log only', async () => {
    const clock = new VirtualClock()
    let isAsked: () => void = () => {}
    const asked = new Promise<void>(resolve => {
      isAsked = resolve
    })
    const resolve = () => {
      isAsked()
      return new Promise<string[]>(() => {})
    }
    const { agent, lines } = await runGateway({ balance: '/~~srv=pw#:*slow.example;\n', clock, resolve })
    const refused = expect(agent()).rejects.toEqual(code('address-refused'))
    await asked
    await clock.pass(5_000)
    await refused
    expect(lines.join('\n')).toContain('within 5 s')
  })

  test('holds for a probe too, and no stranger causes a look-up', async () => {
    const asked: string[] = []
    const resolve = async (domain: string) => {
      asked.push(domain)
      return ['192.0.2.1']
    }
    const { agent } = await runGateway({ balance: '/~~srv=pw#:*there.example;\n', resolve })
    await expect(agent({ password: 'wrong' })).rejects.toEqual(code('password-refused'))
    expect(asked).toEqual([])
    await expect(agent({ hello: { probe: true } })).rejects.toEqual(code('address-refused'))
    expect(asked).toEqual(['there.example'])
  })
})

describe('the outer connection', () => {
  const tls = { listen: [{ host: '127.0.0.1', port: 0, tls: true }] }

  test('over our own TLS is proven, and its back-connections carry no TLS inside', async () => {
    const { agent } = await runGateway(tls)
    const one = await agent()
    expect(one.welcome.outer).toBe('proven')
    expect((await one.frame('open')).innerTls).toBe(false)
  })

  test('that shows another certificate is unproven, and its back-connections carry TLS inside', async () => {
    const { agent } = await runGateway(tls)
    const one = await agent({ hello: { outer: { tls: true, certSha256: '00'.repeat(32) } } })
    expect(one.welcome.outer).toBe('unproven')
    expect((await one.frame('open')).innerTls).toBe(true)
  })

  test('of an SSL entry carries TLS inside even where it is proven', async () => {
    const { agent } = await runGateway({ ...tls, balance: `SSL ${oneTunnel}` })
    const one = await agent()
    expect(one.welcome.outer).toBe('proven')
    expect((await one.frame('open')).innerTls).toBe(true)
  })
})
