/**
 * No secret of a run is found in anything that the programs say, write or leave behind: logs at debug level in both formats, states, errors, pages,
 * metrics, the connection test, diagnostics, heap snapshots, diagnostic reports, the process list, the bench. In any spelling.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { dumped, filesIn } from '../support/dumps.ts'
import { temporaryFolder } from '../support/files.ts'
import { type Program, startProgram, startScript, startSiteProgram, stopAll } from '../support/programs.ts'
import { findSecrets, type Output } from '../support/secret-scan.ts'
import { at, howToGetIt, isLabUp, of, passwords, ports } from './lab.ts'

const secrets = {
  tunnel: 'Tünnel=word;#4711',
  variable: 'Variable-wörd-4712',
  wrongTunnel: 'Wrong-tünnel-4713',
  rightTunnel: 'Right-tünnel-4714',
  wrongBasic: 'Wrong:bäsic\\4715',
  wrongNtlm: 'Wrong-ntlm-wörd-4716',
  stored: 'Störed-word-4717',
  cookie: 'cookie-of-visitor-4718',
  query: 'query-of-visitor-4719',
  login: 'login-of-visitor-4720',
  adminToken: 'token-of-the-admin-4721',
  alice: passwords.alice,
  bob: passwords.bob,
  jürgen: passwords.jürgen,
}

const names = ['basic', 'cascade', 'variable', 'down', 'failing'] as const
const variables = { TUNNEL_PW: secrets.variable, HOP_PW: secrets.alice }

/** As the user writes them; the first three come up, each of the others fails in its own way. */
function entries(gateway: string, site: string): string[] {
  const { tunnel, wrongTunnel, wrongBasic, wrongNtlm } = secrets
  return [
    `/~~basic=${tunnel}#${gateway} -> ${at(ports.basic, of('bob'))} => ${site};`,
    `/~~cascade=${tunnel}#${gateway} -> ${at(ports.ntlm, of('alice', 'LAB'))} -> ${at(ports.closingNtlm, of('jürgen', ''))} => ${site};`,
    `/~~down=${tunnel}#${gateway} -> ${at(ports.open)} => http://127.0.0.1:1;`,
    `/~~failing=${wrongTunnel}#${gateway};`,
    `/~~wrongBasic=${tunnel}#${gateway} -> ${at(ports.basic, `carol:${wrongBasic}`)};`,
    `/~~wrongNtlm=${tunnel}#${gateway} -> ${at(ports.ntlm, `LAB\\carol:${wrongNtlm}`)};`,
    `/~~wrongScheme=${tunnel}#${gateway} -> ${at(ports.ntlm, of('bob'))};`,
    `/~~untrusted=${tunnel}#${gateway} -> https://${at(ports.tls, of('bob'))};`,
    `/~~unreachable=${tunnel}#${gateway} -> ${at(1, of('alice', 'LAB'))};`,
    `/~~farSide=${tunnel}#127.0.0.1:1 -> ${at(ports.ntlm, of('alice', 'LAB'))};`,
    `/~~missing=#${gateway} -> ${at(ports.ntlm, 'LAB\\bob')};`,
  ]
}
const failing = [
  'failing',
  'wrongBasic',
  'wrongNtlm',
  'wrongScheme',
  'untrusted',
  'unreachable',
  'farSide',
  'missing',
]

/** A gateway, a site, and a folder for an agent that is a user of its own. */
async function scene(logging: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const balance = names.map(name => {
    if (name === 'variable') return `/~~variable=${secrets.variable}#:*;\n`
    return `/~~${name}=${name === 'failing' ? secrets.rightTunnel : secrets.tunnel}#:*;\n`
  })
  const folder = temporaryFolder({
    'balance.bin': balance.join(''),
    'admin-token': `${secrets.adminToken}\n`,
  })
  chmodSync(join(folder, 'admin-token'), 0o600)
  const site = await startSiteProgram('home')
  const gateway = startProgram(
    [
      'gateway',
      '--listen',
      '127.0.0.1:0',
      '--admin',
      '127.0.0.1:0',
      '--admin-token-file',
      'admin-token',
      ...logging,
    ],
    { cwd: folder, env },
  )
  const [, url = ''] = await gateway.line(/^gateway ready (\S+)$/)
  const [, admin = ''] = await gateway.line(/^admin ready (\S+)$/)
  const home = temporaryFolder()
  const lines = entries(new URL(url).host, site.url)
  writeFileSync(join(home, 'backbalance.bin'), lines.map(line => `${line}\n`).join(''), { mode: 0o600 })
  const agentEnv = {
    ...variables,
    ...env,
    HOME: home,
    STATE_DIRECTORY: join(home, 'state'),
    DBUS_SESSION_BUS_ADDRESS: 'none',
  }
  const line = `/~~variable=env:TUNNEL_PW#${new URL(url).host} -> ${at(ports.basic, 'alice:env:HOP_PW')} => ${site.url};`
  const agentArgs = ['agent', '--file', 'backbalance.bin', '--line', line]
  return { gateway, url, admin, home, lines, agentArgs, agentEnv }
}

const saidBy = (where: string, { stdout, stderr }: Program): Output[] => [
  { where: `${where}, standard output`, text: stdout.join('\n') },
  { where: `${where}, standard error`, text: stderr.join('\n') },
]

async function run(
  where: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Output[]> {
  const program = startProgram(args, { cwd, env })
  await program.ended
  return saidBy(where, program)
}

async function pageOf(
  url: string,
  headers: Record<string, string> = {},
): Promise<Output & { status: number }> {
  const response = await fetch(url, { headers, redirect: 'manual' })
  return { where: `the page ${url}`, status: response.status, text: await response.text() }
}

describe.skipIf(!isLabUp)(`a secret ${howToGetIt}`, () => {
  afterEach(stopAll)

  it.each(['json', 'pretty'])(
    'is in no line of the logs at debug level (%s), no state, no error, no page',
    { timeout: 60_000 },
    async format => {
      const logging = ['--log-level', 'debug', '--log-format', format]
      const { gateway, url, admin, home, agentArgs, agentEnv } = await scene(logging)
      const agent = startProgram([...agentArgs, '--status-json', ...logging], { cwd: home, env: agentEnv })
      await Promise.all(names.slice(0, 4).map(name => agent.line(new RegExp(`^agent ready /~~${name} `))))
      await Promise.all(
        failing.map(name =>
          agent.line(new RegExp(`"tunnel":"${name}","state":"(needsUser|waiting)".*"code"`)),
        ),
      )
      const visitor = {
        Cookie: `session=${secrets.cookie}`,
        Authorization: `Basic ${Buffer.from(`visitor:${secrets.login}`).toString('base64')}`,
      }
      const pages = await Promise.all([
        ...['basic', 'cascade', 'variable', 'down', 'unknown'].map(name =>
          pageOf(`${url}/~~${name}/?password=${secrets.query}`, visitor),
        ),
        pageOf(`${url}/?${secrets.query}`, visitor),
        pageOf(`${admin}/metrics`, { Authorization: `Bearer ${secrets.adminToken}` }),
        pageOf(`${admin}/metrics`, { Authorization: `Bearer ${secrets.adminToken}-not` }),
        pageOf(`${admin}/`, { Authorization: `Bearer ${secrets.adminToken}` }),
      ])
      expect(pages.slice(0, 5).map(({ status }) => status)).toEqual([200, 200, 200, 502, 404])
      for (const program of [agent, gateway]) {
        program.signal('SIGTERM')
        expect(await program.ended).toBe(0)
      }
      const outputs: Output[] = [...saidBy('the agent', agent), ...saidBy('the gateway', gateway), ...pages]
      // The logs are there, and at debug level.
      expect(agent.stderr.length).toBeGreaterThan(20)
      expect(gateway.stderr.length).toBeGreaterThan(10)
      expect(findSecrets([...outputs, ...filesIn(join(home, 'state'), /./)], secrets)).toEqual([])
      // Nor an NTLM answer, on which a password can be guessed offline: "NTLMSSP", message 3.
      expect(outputs.filter(({ text }) => text.toString().includes('TlRMTVNTUAAD'))).toEqual([])
    },
  )

  it('is in nothing that the other commands say or keep', { timeout: 60_000 }, async () => {
    const { url, home, lines, agentEnv: env } = await scene([])
    const broken = lines.flatMap(line => [
      line.replace(';', ''),
      line.replace('#', ''),
      line.replace(/:\d+/g, ''),
      line.replaceAll('->', '=>'),
    ])
    writeFileSync(join(home, 'broken.bin'), broken.join('\n'))
    const { host } = new URL(url)
    const store = ['--secret-store', 'file']
    const account = ['--tunnel', `missing@${host}`]
    const set = startProgram(['secret', 'set', ...account, ...store], { env, input: secrets.stored })
    expect(await set.ended).toBe(0)
    const outputs = [
      ...saidBy('secret set', set),
      ...(await run('secret list', ['secret', 'list', ...store], home, env)),
      ...(await run('test', ['test', ...store], home, env)),
      ...(await run('test --json', ['test', '--json', ...store], home, env)),
      ...(await run('check', ['check', 'broken.bin', '--kind', 'subserver'], home, env)),
      ...(await run('check --json', ['check', 'broken.bin', '--kind', 'subserver', '--json'], home, env)),
      ...(await run('check of a gateway', ['check', 'broken.bin', '--kind', 'gateway'], home, env)),
      ...(await run('agent, broken', ['agent', '--file', 'broken.bin'], home, env)),
      ...(await run('agent, broken line', ['agent', '--line', `/~~a=${secrets.tunnel}#nowhere;`], home, env)),
      ...(await run('agent, wrong usage', ['agent', '--lines', lines[0] ?? ''], home, env)),
      ...(await run('secret delete', ['secret', 'delete', ...account, ...store], home, env)),
    ]
    expect(outputs.map(({ text }) => text).join('')).toContain('proxy-auth-refused')
    expect(findSecrets([...outputs, ...filesIn(home, /^(?!b.*\.bin$)/)], secrets)).toEqual([])
  })

  it('is in no heap snapshot, no report, no core file and no process list of the running programs', {
    timeout: 90_000,
  }, async () => {
    const dumps = temporaryFolder()
    const NODE_OPTIONS = `--heapsnapshot-signal=SIGWINCH --report-on-signal --report-signal=SIGIO --diagnostic-dir=${dumps} --report-directory=${dumps}`
    const { gateway, url, home, agentArgs, agentEnv } = await scene([], { NODE_OPTIONS })
    const agent = startProgram(agentArgs, {
      cwd: home,
      env: agentEnv,
      within: ['prlimit', '--core=unlimited'],
    })
    await Promise.all(names.slice(0, 4).map(name => agent.line(new RegExp(`^agent ready /~~${name} `))))
    await Promise.all(['wrongBasic', 'wrongNtlm'].map(name => agent.logged(new RegExp(`${name}.*refused`))))
    for (const name of ['basic', 'cascade', 'variable']) {
      expect((await pageOf(`${url}/~~${name}/?${secrets.query}`, { Cookie: secrets.cookie })).status).toBe(
        200,
      )
    }
    const lists = [agent, gateway].map(({ pid }) => ({
      where: `the process list, ${pid}`,
      text: readFileSync(`/proc/${pid}/cmdline`),
    }))
    expect(readFileSync(`/proc/${agent.pid}/limits`, 'utf8')).toMatch(/^Max core file size +0 /m)
    // What a visitor sent last is Node's as long as his connection is open.
    const { cookie: _, query: __, login: ___, ...kept } = secrets
    for (const program of [agent, gateway]) {
      const report = await dumped(program, 'SIGIO', dumps, /^report.*\.json$/)
      expect(findSecrets([report], secrets)).toEqual([])
      // A login is in the hands of a dial that happens to be under way; one that is kept is in every snapshot.
      let finds: string[] = []
      for (let tries = 0; tries < 3; tries++) {
        finds = findSecrets([await dumped(program, 'SIGWINCH', dumps, /\.heapsnapshot$/)], kept)
        if (finds.length === 0) break
      }
      expect(finds).toEqual([])
    }
    expect(findSecrets(lists, secrets)).toEqual([])
    agent.signal('SIGABRT')
    expect(await agent.ended).toBe('SIGABRT')
    expect(readdirSync(home).filter(file => file.startsWith('core'))).toEqual([])
  })

  it('is not in what the bench prints', { timeout: 120_000 }, async () => {
    const bench = startScript(fileURLToPath(new URL('../../bench/proxies.ts', import.meta.url)), [], {
      env: { BENCH_ROUNDS: '1', BENCH_REQUESTS: '10' },
    })
    expect(await bench.ended).toBe(0)
    const { tunnel: _, ...others } = secrets
    expect(findSecrets(saidBy('the bench', bench), { ...others, benchmark: 'benchmark' })).toEqual([])
  })
})
