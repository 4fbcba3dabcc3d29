/** What is wrong around the programs: files, ports, pipes. One clear sentence and the exit status, never a stack trace. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { startGateway, startProgram, startSiteProgram, stopAll } from '../support/programs.ts'

afterEach(stopAll)

interface Ended {
  readonly status: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: readonly string[]
}

async function run(args: readonly string[], cwd: string, within: readonly string[] = []): Promise<Ended> {
  const program = startProgram(args, { cwd, within })
  const status = await program.ended
  return { status, stdout: program.stdout.join('\n'), stderr: program.stderr }
}

function expectOneSentence({ stdout, stderr }: Ended, words: RegExp): void {
  expect(stdout).toBe('')
  expect(stderr).toHaveLength(1)
  expect(stderr[0]).toMatch(/^(?:tildegate|error): .*\.$/)
  expect(stderr[0]).toMatch(words)
}

const commands = [
  ['gateway', 'balance.bin'],
  ['agent', 'backbalance.bin'],
] as const

describe.each(commands)('for the %s, %s', (command, file) => {
  it('that is a folder is told so, status 78', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, file))
    const ended = await run([command], folder)
    expect(ended.status).toBe(78)
    expectOneSentence(ended, new RegExp(`${file} is a folder`))
  })

  it('that is too large is told so, status 78', async () => {
    const folder = temporaryFolder({ [file]: '' })
    truncateSync(join(folder, file), 17 * 2 ** 20)
    const ended = await run([command], folder)
    expect(ended.status).toBe(78)
    expectOneSentence(ended, new RegExp(file))
  })

  it('that is binary gives a diagnostic for each line that is no text, status 78', async () => {
    const folder = temporaryFolder()
    const lines = Array.from({ length: 40 }, () => Buffer.concat([Buffer.of(0xff), randomBytes(30)]))
    const bytes = Buffer.concat(
      lines.map(line => Buffer.concat([line.map(b => (b === 10 ? 11 : b)), Buffer.of(10)])),
    )
    writeFileSync(join(folder, file), bytes)
    const { status, stdout, stderr } = await run([command], folder)
    expect(status).toBe(78)
    expect(stdout).toBe('')
    for (let line = 1; line <= 40; line++)
      expect(
        stderr.filter(text => new RegExp(`${file}:${line}:\\d+ error {2}This line is not UTF-8`).test(text)),
      ).toHaveLength(1)
    expect(stderr.at(-1)).toMatch(/^tildegate: /)
  })
})

/** Root reads every file and listens anywhere: without these two it is as any user. */
const unprivileged = ['setpriv', '--bounding-set=-dac_override,-dac_read_search,-net_bind_service']

function canDropPrivileges(): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    execFileSync(unprivileged[0] ?? '', [...unprivileged.slice(1), 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const isRoot = process.getuid?.() === 0
const within = isRoot ? unprivileged : []

describe.skipIf(process.platform === 'win32' || (isRoot && !canDropPrivileges()))(
  'without permission [needs Unix, and setpriv where root runs the tests]',
  () => {
    it.each(commands)('the %s does not read %s and says so, status 78', async (command, file) => {
      const folder = temporaryFolder({ [file]: '/~~a=p#:*;\n' })
      chmodSync(join(folder, file), 0)
      const ended = await run([command], folder, within)
      expect(ended.status).toBe(78)
      expectOneSentence(
        ended,
        new RegExp(`${file}.*(?:not permitted|may not be read)|Reading .*${file} is not permitted`),
      )
    })

    it('the gateway does not listen at port 1 and says so, status 1', async () => {
      const folder = temporaryFolder({ 'balance.bin': '' })
      const ended = await run(['gateway', '--listen', '127.0.0.1:1'], folder, within)
      expect(ended.status).toBe(1)
      expectOneSentence(ended, /127\.0\.0\.1:1 .*not permitted/)
    })
  },
)

describe('the gateway', () => {
  const folder = () => temporaryFolder({ 'balance.bin': '' })

  it.each(['--listen', '--listen-tls', '--admin'])(
    'with the port of %s in use says so, status 1',
    async option => {
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      const { port } = taken.address() as AddressInfo
      const more = option === '--admin' ? ['--listen', '127.0.0.1:0'] : []
      const ended = await run(
        ['gateway', '--log-level', 'warn', ...more, option, `127.0.0.1:${port}`],
        folder(),
      )
      taken.close()
      expect(ended.status).toBe(1)
      expectOneSentence(ended, new RegExp(`127\\.0\\.0\\.1:${port}`))
    },
  )

  it.each(['gateway.example', 'https://gateway.example/path', 'ftp://gateway.example', 'https://u:p@gw', ''])(
    'with the public URL %j says what to write, status 64',
    async url => {
      const { status, stderr, stdout } = await run(['gateway', '--public-url', url], folder())
      expect([status, stdout]).toEqual([64, ''])
      expect(stderr[0]).toMatch(/^error: .*--public-url.*Write the address that visitors use/)
      expect(stderr.join('\n')).not.toMatch(/^\s+at /m)
    },
  )

  it.each([
    [['--listen-tls', '127.0.0.1:0', '--cert', 'no.crt', '--key', 'no.key'], /no\.crt/],
    [['--admin', '0.0.0.0:0'], /no token/],
    [['--admin', '0.0.0.0:0', '--admin-token-file', 'none'], /none does not exist/],
  ])('set up with %j says what is wrong, status 78', async (args, words) => {
    const ended = await run(['gateway', '--listen', '127.0.0.1:0', ...args], folder())
    expect(ended.status).toBe(78)
    expectOneSentence(ended, words)
  })

  it.each([
    ['listn = "127.0.0.1:0"', /listn/],
    ['[limits]\nnope = 1', /nope/],
    ['[limits]\nsessions = -1', /sessions/],
    ['listen = "no-port"', /HOST:PORT/],
    ['= broken', /tildegate\.toml:1:/],
  ])('with the tildegate.toml %j names the spot, status 78', async (text, words) => {
    const ended = await run(
      ['gateway'],
      temporaryFolder({ 'balance.bin': '', 'tildegate.toml': `${text}\n` }),
    )
    expect(ended.status).toBe(78)
    expectOneSentence(ended, words)
  })
})

describe('a reader of standard output that has read enough', () => {
  it('does not end the agent, which goes on serving', async () => {
    const site = await startSiteProgram('home')
    const file = join(temporaryFolder({ 'balance.bin': '/~~a=p#:*;\n' }), 'balance.bin')
    const args = (listen: string) => ['--listen', listen, '--balance', file]
    const gateway = await startGateway(args('127.0.0.1:0'))
    const line = `/~~a=p#${gateway.host} => ${site.url};`
    const agent = startProgram(['agent', '--line', line, '--status-json'])
    await agent.line(/^agent ready /)
    agent.process.stdout?.destroy()
    gateway.program.signal('SIGTERM')
    await gateway.program.ended
    await startGateway(args(gateway.host))
    await expect
      .poll(async () => (await fetch(`${gateway.url}/~~a/`)).text(), { timeout: 15_000 })
      .toBe('hello from home')
    agent.signal('SIGTERM')
    expect(await agent.ended).toBe(0)
  })

  it('of diagnostics sees no stack trace', async () => {
    const folder = temporaryFolder({ 'balance.bin': 'nonsense\n'.repeat(50_000) })
    const check = startProgram(['check', 'balance.bin'], { cwd: folder })
    await check.line(/not understood, ignored/)
    check.process.stdout?.destroy()
    expect(await check.ended).toBe(0)
    expect(check.stderr).toEqual([])
  })
})
