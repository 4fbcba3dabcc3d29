/** The command line as scripts see it: ready lines, exit statuses, one clear sentence for each mistake. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { startGateway, startProgram, stopAll } from '../support/programs.ts'

async function run(args: readonly string[], cwd?: string) {
  const program = startProgram(args, cwd === undefined ? {} : { cwd })
  const status = await program.ended
  return { status, stdout: program.stdout.join('\n'), stderr: program.stderr.join('\n') }
}

afterEach(stopAll)

describe('wrong usage', () => {
  it.each([
    [['nonsense']],
    [['gateway', '--nonsense']],
    [['gateway', '--listen', 'no-port']],
    [['gateway', '--listen', '127.0.0.1:99999']],
    [['gateway', '--public-url', 'gateway.example']],
    [['gateway', '--public-url', 'https://gateway.example/path']],
    [['gateway', '--public-url', 'ftp://gateway.example']],
    [['gateway', '--cert', 'only.pem']],
    [['gateway', '--listen', '127.0.0.1:0', '--cert', 'chain.pem', '--key', 'key.pem']],
    [['gateway', '--log-level', 'loud']],
    [['check']],
    [['health']],
    [['health', '--admin', 'nonsense']],
    [['check', 'unclear.txt']],
    [['agent', '--target', 'nonsense']],
  ])('of %j ends with status 64 and no stack trace', async args => {
    const { status, stdout, stderr } = await run(args, temporaryFolder({ 'unclear.txt': '' }))
    expect(status).toBe(64)
    expect(stdout).toBe('')
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(stderr.length).toBeGreaterThan(10)
  })

  it.each(['gateway', 'agent', 'test', 'check', 'secret', 'health', 'demo'])(
    'is avoided by the help of %s, which fits a screen and has an example',
    async command => {
      const { status, stdout } = await run([command, '--help'])
      expect(status).toBe(0)
      expect(stdout).toContain('Example')
      expect(stdout.split('\n').length).toBeLessThanOrEqual(40)
      expect(stdout.split('\n').filter(line => line.length > 80)).toEqual([])
    },
  )

  it('is not asking for the version', async () => {
    const { status, stdout } = await run(['--version'])
    expect(status).toBe(0)
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+/)
  })
})

describe('a broken file', () => {
  it.each([
    ['gateway', 'balance.bin', ['/~~a=SECRETpw1#:51.254.22.85;', '/~~b=#:*;', '/~~c=SECRETpw2#:0;']],
    [
      'agent',
      'backbalance.bin',
      ['/~~a=SECRETpw1#gateway.example;', '/~~b=SECRETpw2;', '/~~c=SECRETpw3#x:443 -> u:SECRETpw4@h;'],
    ],
  ])('stops the %s with status 78 and all diagnostics, never a password', async (command, file, lines) => {
    const folder = temporaryFolder({ [file]: `${lines.join('\n')}\n` })
    const { status, stdout, stderr } = await run([command], folder)
    expect(status).toBe(78)
    expect(stdout).toBe('')
    lines.forEach((_, i) => {
      expect(stderr).toMatch(new RegExp(`${file}:${i + 1}:\\d+ error`))
    })
    expect(stderr).not.toContain('SECRETpw')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it.each([
    ['gateway', ['--balance', 'missing.bin']],
    ['agent', ['--file', 'missing.bin']],
  ])('that is missing stops the %s with status 78 and names it', async (command, args) => {
    const { status, stderr } = await run([command, ...args], temporaryFolder())
    expect(status).toBe(78)
    expect(stderr).toContain('missing.bin')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('given as a line stops the agent with status 78', async () => {
    const { status, stderr } = await run(['agent', '--line', '/~~a=SECRETpw#gateway.example;'])
    expect(status).toBe(78)
    expect(stderr).not.toContain('SECRETpw')
  })

  it.each([
    ['gateway', 'balance.bin', '/~~homePC=PASSWORD#:*;'],
    ['agent', 'backbalance.bin', '/~~homePC=PASSWORD#gateway.example:443'],
    ['test', 'backbalance.bin', '/~~homePC=PASSWORD#gateway.example:443'],
  ])(
    'that is not there yet: %s says where %s is to be, and shows a line of it',
    async (command, file, line) => {
      const folder = temporaryFolder()
      const { status, stderr } = await run([command], folder)
      expect(status).toBe(78)
      expect(stderr).toContain(`There is no file ${join(folder, file)}`)
      expect(stderr).toContain(line)
    },
  )

  it.each([
    [['agent', '--line', '# nothing'], 'in --line.'],
    [['test', '--file', 'empty.bin'], 'in empty.bin.'],
  ])('without an entry is named: %j', async (args, place) => {
    const { status, stderr } = await run(args, temporaryFolder({ 'empty.bin': '\n' }))
    expect(status).toBe(78)
    expect(stderr).toContain(`There is no entry ${place}`)
  })

  it('tildegate.toml stops the gateway with status 78 and names the setting', async () => {
    const folder = temporaryFolder({ 'balance.bin': '', 'tildegate.toml': 'listn = "127.0.0.1:0"\n' })
    const { status, stderr } = await run(['gateway'], folder)
    expect(status).toBe(78)
    expect(stderr).toContain('listn')
  })
})

describe('the gateway at its start', () => {
  it('prints one ready line a listener, the real port in it, and nothing else on standard output', async () => {
    const folder = temporaryFolder({ 'balance.bin': '' })
    const program = startProgram(
      [
        'gateway',
        '--listen',
        '127.0.0.1:0',
        '--listen',
        '[::1]:0',
        '--listen-tls',
        '127.0.0.1:0',
        '--admin',
        '127.0.0.1:0',
      ],
      { cwd: folder },
    )
    await program.line(/^admin ready http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    expect(program.stdout).toEqual([
      expect.stringMatching(/^gateway ready http:\/\/127\.0\.0\.1:[1-9]\d*$/),
      expect.stringMatching(/^gateway ready http:\/\/\[::1\]:[1-9]\d*$/),
      expect.stringMatching(/^gateway ready https:\/\/127\.0\.0\.1:[1-9]\d*$/),
      expect.stringMatching(/^admin ready http:\/\/127\.0\.0\.1:[1-9]\d*$/),
    ])
    program.signal('SIGTERM')
    expect(await program.ended).toBe(0)
  })

  it('serves the dashboard that was built with it', async () => {
    const folder = temporaryFolder({ 'balance.bin': '' })
    const args = ['gateway', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
    const program = startProgram(args, { cwd: folder })
    const [, admin = ''] = await program.line(/^admin ready (.+)$/)
    const answer = await fetch(admin)
    expect({ status: answer.status, url: answer.url }).toEqual({ status: 200, url: `${admin}/dashboard/` })
    expect(await answer.text()).toContain('<title>Tildegate</title>')
  })

  it('keeps its self-signed certificate, private key for the owner alone', async () => {
    const folder = temporaryFolder({ 'balance.bin': '' })
    const args = ['--listen-tls', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')]
    const { program } = await startGateway(args)
    const key = join(folder, '.tildegate', 'self-signed.key')
    const made = statSync(key)
    expect(made.mode & 0o777).toBe(0o600)
    program.signal('SIGTERM')
    await program.ended
    await startGateway(args)
    expect(statSync(key).mtimeMs).toBe(made.mtimeMs)
  })

  it('finds balance.bin in a folder webserver, and settings in tildegate.toml, variables and flags, in rising order', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'webserver'))
    writeFileSync(join(folder, 'webserver', 'balance.bin'), '')
    writeFileSync(
      join(folder, 'webserver', 'tildegate.toml'),
      'listen = ["127.0.0.2:0"]\nlog-level = "debug"\n',
    )
    const fromFile = startProgram(['gateway'], { cwd: folder })
    await fromFile.line(/^gateway ready http:\/\/127\.0\.0\.2:/)
    const fromVariable = startProgram(['gateway'], { cwd: folder, env: { TILDEGATE_LISTEN: '127.0.0.3:0' } })
    await fromVariable.line(/^gateway ready http:\/\/127\.0\.0\.3:/)
    const fromFlag = startProgram(['gateway', '--listen', '127.0.0.4:0'], {
      cwd: folder,
      env: { TILDEGATE_LISTEN: '127.0.0.3:0' },
    })
    await fromFlag.line(/^gateway ready http:\/\/127\.0\.0\.4:/)
  })

  it('offers HTTP/2 unless file, variable or flag says no, in rising order', async () => {
    const agreed = async (file: string, env: NodeJS.ProcessEnv, flags: string[]) => {
      const folder = temporaryFolder({
        'balance.bin': '',
        'tildegate.toml': `listen-tls = "127.0.0.1:0"\n${file}`,
      })
      const program = startProgram(['gateway', ...flags], { cwd: folder, env })
      const [, port] = await program.line(/^gateway ready https:.*:(\d+)$/)
      const offer = { ALPNProtocols: ['h2', 'http/1.1'], rejectUnauthorized: false }
      const socket = connect({ ...offer, host: '127.0.0.1', port: Number(port) })
      await once(socket, 'secureConnect')
      const { alpnProtocol } = socket
      socket.destroy()
      return alpnProtocol
    }
    expect(await agreed('', {}, [])).toBe('h2')
    expect(await agreed('http2 = false\n', {}, [])).toBe('http/1.1')
    expect(await agreed('', { TILDEGATE_HTTP2: 'no' }, [])).toBe('http/1.1')
    expect(await agreed('http2 = false\n', { TILDEGATE_HTTP2: 'no' }, ['--http2', 'yes'])).toBe('h2')
  })

  it('ends with 130 on Ctrl-C', async () => {
    const { program } = await startGateway([
      '--listen',
      '127.0.0.1:0',
      '--balance',
      join(temporaryFolder({ 'balance.bin': '' }), 'balance.bin'),
    ])
    program.signal('SIGINT')
    expect(await program.ended).toBe(130)
  })
})

describe('check', () => {
  it('finds nothing in good files and ends with 0', async () => {
    const folder = temporaryFolder({
      'balance.bin': '/~~srvBACK=mypassword1234#:*;\n',
      'backbalance.bin': '/~~srvBACK=mypassword1234#demo.tsplus.net:443 -> \\u1:p1@10.0.0.1:808;\n',
    })
    expect(await run(['check', 'balance.bin'], folder)).toMatchObject({
      status: 0,
      stdout: 'balance.bin: 1 entry, 0 errors, 0 warnings',
    })
    expect(await run(['check', 'backbalance.bin'], folder)).toMatchObject({ status: 0 })
  })

  it('prints errors with line, column and caret, ends with 1, and gives the same as JSON', async () => {
    const folder = temporaryFolder({
      'backbalance.bin': '/~~srv1=SECRETpw#gw.example:443 -> u:SECRETpx@192.168.12.12;\n',
    })
    const text = await run(['check', 'backbalance.bin'], folder)
    expect(text.status).toBe(1)
    expect(text.stdout).toMatch(/^backbalance\.bin:1:\d+ error /m)
    expect(text.stdout).toMatch(/^\s*\^+/m)
    expect(text.stdout).not.toContain('SECRETp')
    const json = await run(['check', 'backbalance.bin', '--json'], folder)
    expect(json.status).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      kind: 'subserver',
      errors: 1,
      diagnostics: [{ line: 1, severity: 'error' }],
    })
    expect(json.stdout).not.toContain('SECRETp')
  })

  it('ends with 1 for a file that is not there', async () => {
    expect(await run(['check', 'balance.bin'], temporaryFolder())).toMatchObject({ status: 1 })
  })
})

describe('health', () => {
  async function scene() {
    const folder = temporaryFolder({
      'balance.bin': '',
      token: 'SECRET-token-of-16-and-more\n',
      wrong: 'SECRETw',
    })
    const args = ['gateway', '--listen', '127.0.0.1:0', '--admin', '0.0.0.0:0', '--admin-token-file', 'token']
    const gateway = startProgram(args, { cwd: folder })
    const [, port] = await gateway.line(/^admin ready http:\/\/[^:]+:(\d+)$/)
    const health = (...words: string[]) => run(['health', '--admin', `0.0.0.0:${port}`, ...words], folder)
    return { gateway, health }
  }

  it('of a gateway that takes visitors is 0, and 1 once it does not', async () => {
    const { gateway, health } = await scene()
    const token = ['--admin-token-file', 'token']
    expect(await health(...token)).toEqual({ status: 0, stdout: 'ready', stderr: '' })
    expect(await health(...token, '--live')).toEqual({ status: 0, stdout: 'alive', stderr: '' })
    gateway.signal('SIGTERM')
    await gateway.ended
    const after = await health(...token)
    expect(after).toMatchObject({ status: 1, stdout: '' })
    expect(after.stderr).toMatch(/Nothing answers at 127\.0\.0\.1:\d+: .*ECONNREFUSED/)
  })

  it('says what is wrong with the question, never a token', async () => {
    const { health } = await scene()
    const without = await health()
    expect(without).toMatchObject({ status: 1, stdout: '' })
    expect(without.stderr).toContain('--admin-token-file')
    const wrong = await health('--admin-token-file', 'wrong')
    expect(wrong).toMatchObject({ status: 1, stderr: without.stderr })
    expect(await health('--admin-token-file', 'missing')).toMatchObject({ status: 78 })
  })
})

describe('npx tildegate', () => {
  it('is the built command', () => {
    const [program, ...args] = process.platform === 'win32' ? ['npx.cmd', 'tildegate'] : ['npx', 'tildegate']
    const said = execFileSync(program ?? '', [...args, '--version'], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    expect(said.trim()).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version)
  })
})

describe('demo', () => {
  it('prints the ready lines of both and serves the sample site through the tunnel', {
    timeout: 40_000,
  }, async () => {
    const demo = startProgram(['demo'])
    const [, url] = await demo.line(/^agent ready \/~~demo (http:\S+\/~~demo\/)$/)
    const page = await fetch(url ?? '')
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<html')
    demo.signal('SIGINT')
    expect(await demo.ended).toBe(130)
    await expect(fetch(url ?? '')).rejects.toThrow()
  })
})
