/** `tildegate test` as built, beside a running agent and alone: what scripts and people see of it. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import type { RouteReport } from '../../shared/route-report.ts'
import { startConnectProxy } from '../support/connect-proxy.ts'
import { temporaryFolder } from '../support/files.ts'
import { startGateway, startProgram, stopAll } from '../support/programs.ts'
import { password, startScene } from './scene.ts'

const proxySecret = 'SECRET-of-proxy'

async function test(args: readonly string[], options: Parameters<typeof startProgram>[1] = {}) {
  const program = startProgram(['test', ...args], options)
  const status = await program.ended
  const stdout = program.stdout.join('\n')
  const stderr = program.stderr.join('\n')
  for (const secret of [password, proxySecret]) expect(stdout + stderr).not.toContain(secret)
  const json =
    args.includes('--json') && stdout !== ''
      ? (JSON.parse(stdout) as { ok: boolean; reports: RouteReport[] })
      : undefined
  return { status, stdout, stderr, json }
}

const stationOf = (report: RouteReport | undefined, id: string) =>
  report?.stations.find(station => station.id === id)

async function gatewayAlone() {
  const folder = temporaryFolder({ 'balance.bin': `/~~srv1=${password}#:*;\n` })
  const { host } = await startGateway(['--listen', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')])
  return { host, folder }
}

afterEach(stopAll)

describe('tildegate test', () => {
  it('shows a row for each station, and ends with 0 where all pass', async () => {
    const { host } = await gatewayAlone()
    const { status, stdout, stderr } = await test(['--line', `/~~srv1=${password}#${host};`])
    expect(status).toBe(0)
    expect(stderr).toBe('')
    expect(stdout).toContain(`/~~srv1 → ${host}`)
    expect(stdout).toMatch(/^ {2}✓ connect +this PC → 127\.0\.0\.1:\d+ +(?:<1|\d+) ms$/m)
    expect(stdout).toMatch(/^ {2}– TLS .+none: the gateway speaks plain HTTP$/m)
    expect(stdout).toMatch(/^ {2}✓ target +the built-in welcome page +(?:<1|\d+) ms {2}answers 200$/m)
    expect(stdout).toMatch(
      new RegExp(`^ {2}All passed in \\d+ ms\\. Visitors use http://${host}/~~srv1/$`, 'm'),
    )
    expect(stdout).not.toContain('\u001b')
  })

  it('gives the same as one JSON object', async () => {
    const { host } = await gatewayAlone()
    const { status, json, stderr } = await test(['--line', `/~~srv1=${password}#${host};`, '--json'])
    expect(status).toBe(0)
    expect(stderr).toBe('')
    expect(json).toMatchObject({ ok: true, reports: [{ tunnel: 'srv1', gateway: host, ok: true }] })
    expect(json?.reports[0]?.stations.map(({ id }) => id)).toEqual([
      'tcp',
      'tls',
      'upgrade',
      'handshake',
      'address-rule',
      'encryption',
      'target',
    ])
  })

  it('does not disturb a running session of the same name, nor its visitors', async () => {
    const { gateway, agent, line, url } = await startScene()
    const visit = await fetch(`${url}endless`)
    const reader = visit.body?.getReader()
    await reader?.read()
    const [{ status, json }, ...others] = await Promise.all([
      test(['--line', line, '--json']),
      ...Array.from({ length: 20 }, async () => (await fetch(url)).text()),
    ])
    expect(status).toBe(0)
    expect(stationOf(json?.reports[0], 'address-rule')?.detail).toMatchObject({ inUse: true, url })
    expect(stationOf(json?.reports[0], 'target')?.detail).toEqual({ status: 200 })
    expect(others).toEqual(Array(20).fill('hello from home'))
    for (let i = 0; i < 50; i++) expect((await reader?.read())?.done).toBe(false)
    await reader?.cancel()
    expect(agent.program.stdout).toHaveLength(1)
    const text = await test(['--line', line])
    expect(text.stdout).toContain('in use now: the running session was not disturbed')
    expect(gateway.program.stderr.join('\n')).not.toContain('disconnected')
  })

  it.each([
    ['a wrong tunnel password', 'srv1=wrong', undefined, 'handshake', 'password-refused'],
    ['a name that the gateway does not know', 'srv2=wrong', undefined, 'handshake', 'password-refused'],
    ['a gateway that is down', `srv1=${password}`, '127.0.0.1:1', 'tcp', 'dial-refused'],
    ['an unknown host', `srv1=${password}`, 'nothing.invalid:443', 'name', 'gateway-name-unknown'],
  ])('ends with 1 for %s, and says where and what to do', async (_, begin, other, id, code) => {
    const { host } = await gatewayAlone()
    const line = `/~~${begin}#${other ?? host};`
    const { status, json } = await test(['--line', line, '--json'])
    expect(status).toBe(1)
    expect(json?.ok).toBe(false)
    expect(stationOf(json?.reports[0], id)).toMatchObject({
      state: 'failed',
      code,
      message: expect.any(String),
      mend: expect.any(String),
    })
    const text = await test(['--line', line])
    expect(text.status).toBe(1)
    expect(text.stdout).toMatch(/^ {2}✗ .+\n {6}\S.+\n {6}→ \S.+$/m)
    expect(text.stdout).toMatch(/^ {2}– .+not reached$/m)
  })

  it('ends with 1 for an address that the gateway does not take this name from', async () => {
    const folder = temporaryFolder({ 'balance.bin': `/~~srv1=${password}#:*10.9.9.9;\n` })
    const { host } = await startGateway(['--listen', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')])
    const { status, json } = await test(['--line', `/~~srv1=${password}#${host};`, '--json'])
    expect(status).toBe(1)
    expect(stationOf(json?.reports[0], 'address-rule')).toMatchObject({ code: 'address-refused' })
  })

  it('ends with 1 for a web server in the gateway’s place', async () => {
    const server = createServer((_, response) => response.end('<html>hello</html>'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const { status, json } = await test(['--line', `/~~srv1=${password}#127.0.0.1:${port};`, '--json'])
    expect(status).toBe(1)
    expect(stationOf(json?.reports[0], 'upgrade')?.state).toBe('failed')
  })

  it('tests every entry of a file, and one that fails fails the test', async () => {
    const { host, folder } = await gatewayAlone()
    const file = temporaryFolder({
      'backbalance.bin': `/~~srv1=${password}#${host} => http://127.0.0.1:1;\n/~~srv1=${password}#localhost${host.slice(9)};\n`,
    })
    const { status, json } = await test(['--json'], { cwd: file })
    expect(status).toBe(1)
    expect(json?.reports.map(({ ok }) => ok)).toEqual([false, true])
    expect(stationOf(json?.reports[0], 'target')).toMatchObject({
      code: 'target-refused',
      detail: { reason: 'ECONNREFUSED' },
    })
    expect(folder).not.toBe(file)
  })

  it.each([
    [['--line', '/~~a=pw#gw:1;', '--file', 'x']],
    [['--nonsense']],
    [['--line', '/~~a=pw#gw:1;', '--target', 'ftp://x']],
  ])('ends with 64 for wrong usage: %j', async args => {
    expect(await test(args)).toMatchObject({ status: 64, stdout: '' })
  })

  it('ends with 78 for a broken or a missing file, with the diagnostics on standard error', async () => {
    const folder = temporaryFolder({ 'backbalance.bin': `/~~srv1=${password}#127.0.0.1;\n` })
    const broken = await test([], { cwd: folder })
    expect(broken).toMatchObject({ status: 78, stdout: '' })
    expect(broken.stderr).toMatch(/^backbalance\.bin:1:\d+ error/m)
    expect(await test(['--file', join(folder, 'none.bin')])).toMatchObject({ status: 78, stdout: '' })
  })

  it('ends with 130 on Ctrl-C, at once', async () => {
    const silent = createTcpServer(socket => socket.on('error', () => {}))
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const reached = once(silent, 'connection')
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    const program = startProgram(['test', '--line', `/~~a=pw#http://127.0.0.1:${port};`])
    await reached
    program.signal('SIGINT')
    expect(await program.ended).toBe(130)
  })
})

describe('a proxy login that is refused', () => {
  const refusal = '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"'

  async function scene() {
    const proxy = await startConnectProxy({ refusal })
    onTestFinished(() => proxy.close())
    const line = `/~~srv1=${password}#http://127.0.0.1:9 -> alice:${proxySecret}@127.0.0.1:${proxy.port};`
    const env = { STATE_DIRECTORY: join(temporaryFolder(), 'state') }
    const codeOfTest = async (...more: string[]) => {
      const { json } = await test(['--line', line, '--json', ...more], { env })
      return stationOf(json?.reports[0], 'proxy-1')?.code
    }
    const codeOfAgent = async () => {
      const program = startProgram(['agent', '--line', line, '--once', '--status-json'], { env })
      expect(await program.ended).toBe(1)
      return (
        JSON.parse(program.stdout.findLast(text => text.includes('"code"')) ?? '{}') as { code?: string }
      ).code
    }
    return { proxy, codeOfTest, codeOfAgent }
  }

  it('is tried twice in all by tests and by an agent that is restarted again and again', async () => {
    const { proxy, codeOfTest, codeOfAgent } = await scene()
    expect(await codeOfTest()).toBe('proxy-auth-refused')
    expect(await codeOfAgent()).toBe('proxy-auth-refused')
    for (let i = 0; i < 3; i++) expect(await codeOfAgent()).toBe('proxy-auth-given-up')
    expect(await codeOfTest()).toBe('proxy-auth-given-up')
    expect(proxy.asked).toHaveLength(2)
  })

  it('is tried twice in all by an agent and a test that begin at the same moment', async () => {
    const { proxy, codeOfTest, codeOfAgent } = await scene()
    expect(await Promise.all([codeOfTest(), codeOfAgent()])).toEqual([
      'proxy-auth-refused',
      'proxy-auth-refused',
    ])
    expect(await Promise.all([codeOfTest(), codeOfAgent()])).toEqual([
      'proxy-auth-given-up',
      'proxy-auth-given-up',
    ])
    expect(proxy.asked).toHaveLength(2)
  })

  it('is tried again where the user says so', async () => {
    const { proxy, codeOfTest } = await scene()
    for (let i = 0; i < 3; i++) await codeOfTest()
    expect(await codeOfTest('--retry-refused')).toBe('proxy-auth-refused')
    expect(proxy.asked).toHaveLength(3)
  })
})

describe('a proxy that the environment names with its login', () => {
  it('is shown without it, and counts and is forgotten like any other', async () => {
    const proxy = await startConnectProxy({
      refusal: '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"',
    })
    onTestFinished(() => proxy.close())
    const env = {
      STATE_DIRECTORY: join(temporaryFolder(), 'state'),
      HTTPS_PROXY: `http://alice:${proxySecret}@127.0.0.1:${proxy.port}`,
      NO_PROXY: '',
      no_proxy: '',
    }
    const line = `/~~srv1=${password}#192.0.2.1:443 -> system;`
    const code = async (...more: string[]) => {
      const { json } = await test(['--line', line, '--json', ...more], { env })
      expect(stationOf(json?.reports[0], 'system-proxy')?.detail.said).toContain('HTTPS_PROXY')
      return stationOf(json?.reports[0], 'proxy-1')?.code
    }
    expect([await code(), await code(), await code()]).toEqual([
      'proxy-auth-refused',
      'proxy-auth-refused',
      'proxy-auth-given-up',
    ])
    expect(await code('--retry-refused')).toBe('proxy-auth-refused')
  })
})

const hasScript = spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0

describe.skipIf(!hasScript)('on a terminal [needs script(1) of util-linux]', () => {
  async function onTerminal(env: NodeJS.ProcessEnv): Promise<string> {
    const { host } = await gatewayAlone()
    const main = join(import.meta.dirname, '../../dist/cli/main.js')
    const { stdout } = spawnSync(
      'script',
      ['-qec', `${process.execPath} ${main} test --line '/~~srv1=${password}#${host};'`, '/dev/null'],
      { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 20_000 },
    )
    return stdout.replaceAll('\u001b', 'ESC')
  }

  it('the row under way is shown and rewritten, in colour', async () => {
    const shown = await onTerminal({ NO_COLOR: '', TERM: 'xterm' })
    expect(shown).toMatch(/… connect[^\n]*\rESC\[2K {2}ESC\[32m✓ESC\[39m connect/)
  })

  it('there is no colour where NO_COLOR is set', async () => {
    const shown = await onTerminal({ NO_COLOR: '1', TERM: 'xterm' })
    expect(shown).toMatch(/… connect[^\n]*\rESC\[2K {2}✓ connect/)
    expect(shown).not.toMatch(/ESC\[\d+m/)
  })
})
