/** `system` in an entry: what it becomes, in each place of the chain, and how the hops are numbered. */
import { describe, expect, it } from 'vitest'
import { hopResolver } from '../../../agent/index.ts'
import { nameOf, type ResolvedHop } from '../../../net/proxy/chain.ts'
import { parseAgentLine } from '../../../shared/balance/index.ts'
import { TildegateError } from '../../../shared/errors.ts'
import { Secret } from '../../../shared/secret.ts'

const proxy = (host: string): ResolvedHop => ({ kind: 'http', host, port: 8080 })

async function resolve(
  hops: string,
  ways: readonly (ResolvedHop | undefined)[],
  sources: Partial<Parameters<typeof hopResolver>[0]> = {},
) {
  const [entry] = parseAgentLine(`/~~a=pw#gw.example:443 -> ${hops};`).entries
  if (entry === undefined) throw new Error('not an entry')
  const resolver = hopResolver({
    environment: {},
    systemWays: async () => ({ ways, source: 'a test' }),
    ...sources,
  })
  return resolver(entry, new AbortController().signal)
}

/** Each way as a text: number, name, login. */
async function shown(...args: Parameters<typeof resolve>): Promise<string[]> {
  const ways = await resolve(...args)
  return ways.map(({ hops }) =>
    hops
      .map(({ number, login, ...hop }) => `${number} ${nameOf(hop)}${login ? ` as ${login.user}` : ''}`)
      .join(', '),
  )
}

describe('a system hop', () => {
  it.each([
    ['alone', 'system', [proxy('a')], ['1 a:8080']],
    ['that says direct', 'system', [undefined], ['']],
    [
      'that names two and the direct way',
      'system',
      [proxy('a'), proxy('b'), undefined],
      ['1 a:8080', '1 b:8080', ''],
    ],
    ['before another', 'system -> p:1', [proxy('a')], ['1 a:8080, 2 p:1']],
    ['before another, that says direct', 'system -> p:1', [undefined], ['2 p:1']],
    ['behind another', 'p:1 -> system', [proxy('a')], ['1 p:1, 2 a:8080']],
    [
      'in the middle, that names two',
      'p:1 -> system -> q:2',
      [proxy('a'), undefined],
      ['1 p:1, 2 a:8080, 3 q:2', '1 p:1, 3 q:2'],
    ],
  ])('%s', async (_, hops, ways, expected) => {
    expect(await shown(hops, ways)).toEqual(expected)
  })

  it('names its source on its own proxies alone', async () => {
    const [way] = await resolve('p:1 -> system', [proxy('a')])
    expect(way?.hops.map(hop => hop.source)).toEqual([undefined, 'a test'])
  })

  it('says what the system said, for the direct way too', async () => {
    const ways = await resolve('p:1 -> system', [proxy('a'), undefined])
    expect(ways.map(({ said }) => said)).toEqual(Array(2).fill('a:8080, else direct (a test)'))
  })

  it('twice in an entry does not multiply without end', async () => {
    const many = Array.from({ length: 10 }, (_, i) => proxy(`p${i}`))
    expect(await resolve('system -> system', many)).toHaveLength(8)
  })

  it('has the login that the keychain keeps for the proxy, unless it comes with one', async () => {
    const login = { scheme: 'basic', user: 'kept', password: Secret.fromText('x') } as const
    const keychainLogin = async (hop: string) => (hop === 'a:8080' ? login : undefined)
    const own = { ...proxy('a'), login: { ...login, user: 'own' } }
    const ways = [proxy('a'), proxy('b'), own]
    expect(await shown('system', ways, { keychainLogin })).toEqual([
      '1 a:8080 as kept',
      '1 b:8080',
      '1 a:8080 as own',
    ])
  })

  it('that cannot be found out is blamed by its place', async () => {
    const systemWays = async () => {
      throw new TildegateError('system-proxy-unavailable', { reason: 'a test' })
    }
    await expect(resolve('p:1 -> system', [], { systemWays })).rejects.toMatchObject({
      code: 'system-proxy-unavailable',
      details: { hopIndex: 2 },
    })
  })
})
