/** `tildegate test` as built, through real proxies: every cause that they can give, with the hop, and no account locked. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RouteReport, Station } from '../../shared/route-report.ts'
import { temporaryFolder } from '../support/files.ts'
import { startGateway, startProgram, startSiteProgram, stopAll } from '../support/programs.ts'
import { countAccesses, howToGetIt, isLabUp, labFolder, makeLockableUser, passwords, ports } from './lab.ts'

const tunnelPassword = 'SECRET-of-tunnel'
const wrong = 'SECRET-wrong'
const trusted = { NODE_EXTRA_CA_CERTS: join(labFolder, 'tls', 'proxy.crt') }

const at = (port: number, login = '') => `${login === '' ? '' : `${login}@`}127.0.0.1:${port}`

async function startScene() {
  const folder = temporaryFolder({ 'balance.bin': `/~~srv=${tunnelPassword}#:*;\n` })
  const listen = ['--listen', '127.0.0.1:0', '--listen-tls', '127.0.0.1:0']
  const gateway = await startGateway([...listen, '--balance', join(folder, 'balance.bin')])
  const [, tls] = await gateway.program.line(/^gateway ready https:\/\/(\S+)$/)
  return { host: gateway.host, tlsHost: tls ?? '', port: Number(gateway.host.split(':')[1]) }
}

/** Runs the command; nothing secret may stand in what it prints. */
async function test(line: string, options: { env?: NodeJS.ProcessEnv; args?: readonly string[] } = {}) {
  const program = startProgram(['test', '--line', line, '--json', ...(options.args ?? [])], {
    env: { ...trusted, ...options.env },
  })
  const status = await program.ended
  const printed = [...program.stdout, ...program.stderr].join('\n')
  for (const secret of ['SECRET', ...Object.values(passwords)]) expect(printed).not.toContain(secret)
  const { reports } = JSON.parse(program.stdout.join('\n')) as { reports: RouteReport[] }
  const stations = reports[0]?.stations ?? []
  const failed = stations.filter(({ state }) => state === 'failed')
  return { status, stations, failed, of: (id: string) => stations.find(station => station.id === id) }
}

const brief = ({ id, hop, code }: Station) => ({ id, hop, code })

describe.skipIf(!isLabUp)(`the connection test ${howToGetIt}`, () => {
  let gateway: Awaited<ReturnType<typeof startScene>>
  beforeEach(async () => {
    gateway = await startScene()
  })
  afterEach(stopAll)

  const entry = (hops: readonly string[], host = gateway.host) =>
    `/~~srv=${tunnelPassword}#${[host, ...hops].join(' -> ')};`

  it('passes a cascade of every scheme, and names each', { timeout: 40_000 }, async () => {
    const hops = [
      at(ports.open),
      at(ports.basic, `carol:${passwords.carol}`),
      at(ports.ntlm, `LAB\\bob:${passwords.bob}`),
      `https://${at(ports.tls, `jürgen:${passwords.jürgen}`)}`,
      at(ports.closingNtlm, `\\alice:${passwords.alice}`),
    ]
    const { status, stations, of } = await test(entry(hops, gateway.tlsHost))
    expect(status).toBe(0)
    expect(stations.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'tcp ok',
      'proxy-1 ok',
      'proxy-2 ok',
      'proxy-3 ok',
      'tls-4 ok',
      'proxy-4 ok',
      'proxy-5 ok',
      'tls ok',
      'upgrade ok',
      'handshake ok',
      'address-rule ok',
      'encryption ok',
      'target ok',
    ])
    const schemes = [1, 2, 3, 4, 5].map(hop => of(`proxy-${hop}`)?.detail.scheme)
    expect(schemes).toEqual([undefined, 'Basic', 'NTLM', 'Basic', 'NTLM'])
    expect(of('tls-4')?.detail).toMatchObject({ trusted: true })
    expect(of('encryption')?.detail).toEqual({ outer: 'proven' })
  })

  it.each([
    ['a wrong Basic password', [at(ports.basic, `alice:${wrong}`)], 'proxy-1', 'proxy-auth-refused'],
    ['a wrong NTLM password', [at(ports.ntlm, `LAB\\alice:${wrong}`)], 'proxy-1', 'proxy-auth-refused'],
    [
      'a wrong password at the second proxy',
      [at(ports.open), at(ports.ntlm, `LAB\\alice:${wrong}`)],
      'proxy-2',
      'proxy-auth-refused',
    ],
    ['no login where one is asked for', [at(ports.ntlm)], 'proxy-1', 'proxy-login-required'],
    ['Basic where NTLM is asked for', [at(ports.ntlm, `alice:${wrong}`)], 'proxy-1', 'proxy-wants-ntlm'],
    [
      'NTLM where Basic is asked for',
      [at(ports.basic, `\\alice:${wrong}`)],
      'proxy-1',
      'proxy-scheme-not-offered',
    ],
    ['a first proxy that is not there', ['127.0.0.1:1', at(ports.open)], 'tcp', 'proxy-unreachable'],
    ['a second proxy that is not there', [at(ports.open), '127.0.0.1:1'], 'proxy-1', 'proxy-far-side-failed'],
    ['a proxy whose name nobody knows', ['proxy.invalid:808'], 'name', 'proxy-name-unknown'],
    [
      'a second proxy whose name nobody knows',
      [at(ports.open), 'nothing.lab.test:808'],
      'proxy-1',
      'proxy-far-side-failed',
    ],
  ])('ends with 1 for %s', async (_, hops, id, code) => {
    const { status, failed } = await test(entry(hops))
    expect(status).toBe(1)
    expect(failed.map(brief)).toEqual([{ id, hop: Number(/\d/.exec(id)?.[0] ?? 1), code }])
    expect(failed[0]?.message).toContain(code === 'proxy-name-unknown' ? 'proxy.invalid:808' : '127.0.0.1:')
    expect(failed[0]?.mend).toMatch(/\S/)
  })

  it('names what a proxy offers and what the entry asks for', async () => {
    const { failed } = await test(entry([at(ports.ntlm, `alice:${wrong}`)]))
    expect(failed[0]?.message).toBe(
      `The proxy 127.0.0.1:${ports.ntlm} offers NTLM, the entry asks for Basic.`,
    )
  })

  it('ends with 1 for a port that the proxy’s policy forbids', async () => {
    const { failed } = await test(entry([at(ports.telling, `LAB\\alice:${passwords.alice}`)], '127.0.0.1:9'))
    expect(failed.map(brief)).toEqual([{ id: 'proxy-1', hop: 1, code: 'proxy-forbidden' }])
    expect(failed[0]?.message).toContain('127.0.0.1:9 (403)')
  })

  it('gives the proxy’s own reason where it cannot reach the gateway', async () => {
    const { failed, of } = await test(entry([at(ports.open)], '127.0.0.1:1'))
    expect(failed.map(brief)).toEqual([{ id: 'proxy-1', hop: 1, code: 'proxy-far-side-failed' }])
    expect(failed[0]?.message).toContain('(503, nothing accepts connections there: ERR_CONNECT_FAIL 111)')
    expect(of('proxy-1')?.detail.reason).toContain('ERR_CONNECT_FAIL 111')
  })

  it('ends with 1 for a proxy whose certificate this computer does not trust', async () => {
    const hops = [at(ports.open), `https://${at(ports.tls, `alice:${passwords.alice}`)}`]
    const { failed } = await test(entry(hops), { env: { NODE_EXTRA_CA_CERTS: '' } })
    expect(failed.map(brief)).toEqual([{ id: 'tls-2', hop: 2, code: 'proxy-tls-untrusted' }])
  })

  it('does not disturb the visitors of a running agent behind NTLM', { timeout: 40_000 }, async () => {
    const site = await startSiteProgram('home')
    const line = entry([at(ports.ntlm, `LAB\\alice:${passwords.alice}`)]).replace(/;$/, ` => ${site.url};`)
    const agent = startProgram(['agent', '--line', line], { env: trusted })
    const [, url = ''] = await agent.line(/^agent ready \/~~srv (\S+)$/)
    const [{ status, of }, ...visits] = await Promise.all([
      test(line),
      ...Array.from({ length: 30 }, async () => (await fetch(url)).text()),
    ])
    expect(status).toBe(0)
    expect(of('address-rule')?.detail).toMatchObject({ inUse: true })
    expect(visits).toEqual(Array(30).fill('hello from home'))
    expect(agent.stdout).toHaveLength(1)
    agent.signal('SIGTERM')
    expect(await agent.ended).toBe(0)
  })
})

describe.skipIf(!isLabUp)(`a domain account ${howToGetIt}`, () => {
  const right = 'SECRET-right-1'
  let account: ReturnType<typeof makeLockableUser>
  let gateway: Awaited<ReturnType<typeof startScene>>
  beforeEach(async () => {
    account = makeLockableUser(right)
    gateway = await startScene()
  })
  afterEach(async () => {
    account.remove()
    await stopAll()
  })

  const line = (password: string, port: number = ports.telling) =>
    `/~~srv=${tunnelPassword}#${gateway.host} -> LAB\\${account.user}:${password}@127.0.0.1:${port};`

  async function codeWith(password: string, env: NodeJS.ProcessEnv = {}, ...args: string[]) {
    return (await test(line(password), { env, args })).failed[0]?.code
  }

  const sharedState = () => ({ STATE_DIRECTORY: join(temporaryFolder(), 'state') })

  it('is not locked by a wrong password, however often agents restart and tests are run', {
    timeout: 90_000,
  }, async () => {
    const env = { ...trusted, ...sharedState() }
    const logged = () =>
      countAccesses(ports.telling, new RegExp(`TCP_DENIED/407 .* CONNECT 127\\.0\\.0\\.1:${gateway.port} `))
    const before = logged()
    expect(await codeWith(wrong, env)).toBe('proxy-auth-refused')
    for (let restart = 0; restart < 4; restart++) {
      const agent = startProgram(['agent', '--once', '--line', line(wrong)], { env })
      expect(await agent.ended).toBe(1)
    }
    expect(await codeWith(wrong, env)).toBe('proxy-auth-given-up')
    expect(account.wrongPasswords()).toBe(2)
    // Two logins of two answers each: the challenge and the refusal.
    expect(logged() - before).toBe(4)
    expect(await codeWith(right, env)).toBeUndefined()
  })

  it.each([
    ['disabled', ['disable'], 'proxy-account-barred', 'it is disabled'],
    ['expired', ['setexpiry', '--days=-1'], 'proxy-account-barred', 'it has expired'],
    [
      'told to change its password',
      ['setpassword', '--newpassword=SECRET-right-1', '--must-change-at-next-login'],
      'proxy-password-expired',
      '',
    ],
  ])(
    'that is %s is called so, where the proxy tells',
    { timeout: 40_000 },
    async (_, change, code, reason) => {
      account.change(change)
      const { failed, of } = await test(line(right))
      expect(failed.map(brief)).toEqual([{ id: 'proxy-1', hop: 1, code }])
      expect(of('proxy-1')?.detail.reason ?? '').toBe(reason)
    },
  )

  it('that is locked is called so, where the proxy tells', { timeout: 60_000 }, async () => {
    for (let i = 0; i < 3; i++) expect(await codeWith(`${wrong}${i}`)).toBe('proxy-auth-refused')
    expect(account.wrongPasswords()).toBe(3)
    expect(await codeWith(right)).toBe('proxy-account-locked')
    const silent = await test(line(right, ports.ntlm))
    expect(silent.failed[0]?.code).toBe('proxy-auth-refused')
  })
})
