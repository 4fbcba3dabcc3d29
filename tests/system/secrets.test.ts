/** Passwords in the keychain, with the built programs: the commands, an agent whose password is nowhere else, and a keychain that fails. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { type Program, startGateway, startProgram, stopAll } from '../support/programs.ts'
import { atTerminal, hasTerminal, howToGetTerminal, tildegateAtTerminal } from '../support/terminal.ts'

const secret = 'SECRETpässwörd#1'
const home = ['--tunnel', 'homePC@gateway.example:443']

afterEach(stopAll)

interface RunOptions {
  readonly env: NodeJS.ProcessEnv
  readonly input?: string | Uint8Array
  readonly cwd?: string
}

async function run(args: readonly string[], options: RunOptions) {
  const program = startProgram(args, options)
  const status = await program.ended
  return { status, stdout: program.stdout.join('\n'), stderr: program.stderr.join('\n') }
}

/** An environment without any keychain, and with a place for the file store. */
function bare(): NodeJS.ProcessEnv {
  const folder = temporaryFolder()
  return {
    HOME: folder,
    XDG_DATA_HOME: join(folder, 'data'),
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/none`,
  }
}

async function gatewayOf(password: string) {
  const folder = temporaryFolder({ 'balance.bin': `/~~homePC=${password}#:*;\n` })
  return startGateway(['--listen', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')])
}

/** Every argument of every process of this computer. */
function allArguments(): string {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })
    .join('\n')
}

const everythingOf = ({ stdout, stderr }: Program) => [...stdout, ...stderr].join('\n')

describe.skipIf(!isKeyringInstalled)(`the keychain on the command line ${howToGetKeyring}`, () => {
  it('takes a password from standard input, lists whose it is, and deletes it', async () => {
    const { env } = await Keyring.start('unlocked')
    const set = await run(['secret', 'set', ...home], { env, input: `${secret}\n` })
    expect(set).toEqual({
      status: 0,
      stdout: '',
      stderr: 'Stored in the keychain: tunnel homePC@gateway.example:443',
    })
    const proxy = ['--hop', '192.168.10.11:808', '--login', 'mydomain\\user']
    expect((await run(['secret', 'set', ...proxy], { env, input: secret })).status).toBe(0)
    const list = await run(['secret', 'list'], { env })
    expect(list).toEqual({
      status: 0,
      stdout: 'proxy mydomain\\user@192.168.10.11:808\ntunnel homePC@gateway.example:443',
      stderr: '',
    })
    const json = await run(['secret', 'list', '--json'], { env })
    expect(JSON.parse(json.stdout)).toEqual([
      { kind: 'proxy', login: 'mydomain\\user', proxy: '192.168.10.11:808' },
      { kind: 'tunnel', name: 'homePC', gateway: 'gateway.example:443' },
    ])
    expect(await run(['secret', 'delete', ...home], { env })).toMatchObject({ status: 0 })
    expect(await run(['secret', 'delete', ...home], { env })).toMatchObject({ status: 1 })
    const last = await run(['secret', 'delete', ...proxy], { env })
    expect(last.stderr).toContain('Every entry that passes this proxy with this login shared it.')
    expect(await run(['secret', 'list'], { env })).toMatchObject({ status: 0, stdout: '' })
  })

  it('holds the only copy of the password with which an agent gets ready', { timeout: 30_000 }, async () => {
    const { env } = await Keyring.start('unlocked')
    const { program: gateway, host } = await gatewayOf(secret)
    const text = `/~~homePC=#${host};\n`
    const cwd = temporaryFolder({ 'backbalance.bin': text })
    expect(await run(['secret', 'list', '--file', 'backbalance.bin'], { env, cwd })).toMatchObject({
      status: 1,
      stdout: `missing  tunnel homePC@${host}`,
    })
    const set = await run(['secret', 'set'], { env, cwd, input: secret })
    expect(set).toMatchObject({ status: 0, stderr: `Stored in the keychain: tunnel homePC@${host}` })
    expect(await run(['secret', 'list', '--file', 'backbalance.bin'], { env, cwd })).toMatchObject({
      status: 0,
      stdout: `stored   tunnel homePC@${host}`,
    })
    const agent = startProgram(['agent', '--status-json', '--log-level', 'debug'], { env, cwd })
    await agent.line(/^agent ready \/~~homePC /)
    expect(allArguments()).not.toContain(secret)
    const test = await run(['test', '--json'], { env, cwd })
    expect(test).toMatchObject({ status: 0 })
    agent.signal('SIGTERM')
    expect(await agent.ended).toBe(0)
    for (const shown of [everythingOf(agent), everythingOf(gateway), test.stdout, test.stderr, set.stderr])
      expect(shown).not.toContain('SECRET')
  })

  it('is asked anew at the next attempt, when the password in it was wrong', {
    timeout: 30_000,
  }, async () => {
    const { env } = await Keyring.start('unlocked')
    const { host } = await gatewayOf(secret)
    const account = ['--tunnel', `homePC@${host}`]
    await run(['secret', 'set', ...account], { env, input: 'wrong' })
    const once = [
      'agent',
      '--line',
      `/~~homePC=#${host};`,
      '--status-json',
      '--once',
      '--log-level',
      'silent',
    ]
    const refused = await run(once, { env })
    expect(refused.status).toBe(1)
    expect(refused.stdout).toContain('"code":"password-refused"')
    await run(['secret', 'set', ...account], { env, input: secret })
    const agent = startProgram(once, { env })
    await agent.line(/^agent ready /)
  })

  it('that is locked is said to be, with the command that unlocks it', async () => {
    const keyring = await Keyring.start('unlocked')
    const { env } = keyring
    await run(['secret', 'set', ...home], { env, input: secret })
    await keyring.become('locked')
    const agent = await run(
      [
        'agent',
        '--line',
        '/~~homePC=#gateway.example:443;',
        '--once',
        '--status-json',
        '--log-level',
        'silent',
      ],
      { env },
    )
    expect(agent.status).toBe(1)
    expect(agent.stdout).toContain('"state":"needsUser","code":"keychain-locked"')
    for (const args of [
      ['set', ...home],
      ['delete', ...home],
    ]) {
      const { status, stderr } = await run(['secret', ...args], { env, input: 'x' })
      expect(status).toBe(1)
      expect(stderr).toMatch(/^tildegate: The keychain is locked.*gnome-keyring-daemon --replace --unlock/)
      expect(stderr).not.toMatch(/^\s+at /m)
    }
    expect(await run(['secret', 'list'], { env })).toMatchObject({
      stdout: 'tunnel homePC@gateway.example:443',
    })
  })

  it('that hangs keeps no agent from ending on SIGTERM', { timeout: 30_000 }, async () => {
    const keyring = await Keyring.start('unlocked')
    const { env } = keyring
    await run(['secret', 'set', ...home], { env, input: secret })
    keyring.freeze()
    const line = ['--line', '/~~homePC=#gateway.example:443;']
    const agent = startProgram(['agent', ...line, '--status-json', '--log-level', 'silent'], { env })
    await agent.line(/"state":"needsUser","code":"keychain-no-answer"/)
    const before = performance.now()
    agent.signal('SIGTERM')
    expect(await agent.ended).toBe(0)
    expect(performance.now() - before).toBeLessThan(5_000)
  })

  it('that answers late lets the agent go on without being told', { timeout: 30_000 }, async () => {
    const keyring = await Keyring.start('unlocked')
    const { env } = keyring
    const { host } = await gatewayOf(secret)
    await run(['secret', 'set', '--tunnel', `homePC@${host}`], { env, input: secret })
    keyring.freeze()
    const agent = startProgram(['agent', '--line', `/~~homePC=#${host};`, '--status-json'], { env })
    await agent.line(/"state":"needsUser","code":"keychain-no-answer"/)
    keyring.thaw()
    await agent.line(/^agent ready /)
  })

  it('takes over the passwords of a file, with which the agent goes on', { timeout: 30_000 }, async () => {
    const { env } = await Keyring.start('unlocked')
    const { host } = await gatewayOf(secret)
    const cwd = temporaryFolder({ 'backbalance.bin': `# mine\r\n/~~homePC=${secret}#${host};\r\n` })
    const move = await run(['secret', 'move'], { env, cwd })
    expect(move.status).toBe(0)
    expect(`${move.stdout}${move.stderr}`).not.toContain('SECRET')
    for (const file of ['backbalance.bin', 'backbalance.bin.bak'])
      expect(readFileSync(join(cwd, file), 'utf8')).toBe(`# mine\r\n/~~homePC=#${host};\r\n`)
    const agent = startProgram(['agent'], { env, cwd })
    await agent.line(/^agent ready /)
    expect(await run(['secret', 'move'], { env, cwd })).toMatchObject({
      status: 0,
      stderr: 'backbalance.bin holds no password.',
    })
  })
})

describe('without a keychain', () => {
  it('every command says what to install, and nothing falls back to a file', async () => {
    const env = bare()
    const cwd = temporaryFolder({ 'backbalance.bin': '/~~homePC=SECRETpw#gateway.example:443;\n' })
    for (const args of [['set', ...home], ['delete', ...home], ['move']]) {
      const { status, stderr } = await run(['secret', ...args], { env, cwd, input: 'SECRETpw' })
      expect(status).toBe(1)
      expect(stderr).toMatch(/^tildegate: .*(?:apt install|Keychain|Credential).*/)
      expect(stderr).not.toMatch(/^\s+at /m)
      expect(stderr).not.toContain('SECRET')
    }
    expect(readFileSync(join(cwd, 'backbalance.bin'), 'utf8')).toContain('SECRETpw')
    expect(readdirSync(env['HOME'] ?? '')).toEqual([])
  })

  it('the file store gets an agent ready, once it is asked for by name', { timeout: 30_000 }, async () => {
    const env = bare()
    const { host } = await gatewayOf(secret)
    const set = await run(['secret', 'set', '--secret-store', 'file', '--tunnel', `homePC@${host}`], {
      env,
      input: secret,
    })
    expect(set.stderr).toContain('weaker')
    const line = ['--line', `/~~homePC=#${host};`]
    const agent = startProgram(['agent', ...line, '--secret-store', 'file', '--status-json'], { env })
    await agent.line(/^agent ready /)
    expect(everythingOf(agent)).not.toContain('SECRET')
    const byVariable = await run(['test', ...line], { env: { ...env, TILDEGATE_SECRET_STORE: 'file' } })
    expect(byVariable.status).toBe(0)
  })

  it('a file with errors is not touched, status 78', async () => {
    const env = bare()
    const text = '/~~a=SECRETa#gw.example:443;\n/~~b=SECRETb#gw.example;\n'
    const cwd = temporaryFolder({ 'backbalance.bin': text })
    const { status, stderr } = await run(['secret', 'move', '--secret-store', 'file'], { env, cwd })
    expect(status).toBe(78)
    expect(stderr).toContain('backbalance.bin:2:')
    expect(stderr).not.toContain('SECRET')
    expect(readFileSync(join(cwd, 'backbalance.bin'), 'utf8')).toBe(text)
  })

  it('a backup that still holds passwords is named', async () => {
    const env = bare()
    const cwd = temporaryFolder({ 'backbalance.bin': '/~~a=SECRETa#gw.example:443;\n' })
    const move = ['secret', 'move', '--keep-backup', '--secret-store', 'file']
    const { status, stderr } = await run(move, { env, cwd })
    expect(status).toBe(0)
    expect(stderr).toContain('backbalance.bin.bak still holds passwords')
    writeFileSync(join(cwd, 'backbalance.bin.bak'), '')
    expect((await run(move, { env, cwd })).stderr).not.toContain('.bak')
  })

  it.each([
    [['set', '--tunnel', 'homePC']],
    [['set', '--tunnel', 'homePC=SECRET@gw.example:443']],
    [['set', '--tunnel', 'homePC@gw.example:443 -> 10.0.0.1:80']],
    [['set', '--tunnel', 'a@gw.example:443', '--hop', '10.0.0.1:80', '--login', 'u']],
    [['set', '--tunnel', 'a@gw.example:443', '--file', 'backbalance.bin']],
    [['set', '--login', 'u']],
    [['set', '--hop', '10.0.0.1:80']],
    [['set', '--hop', '10.0.0.1', '--login', 'u']],
    [['set', '--hop', 'system', '--login', 'u']],
    [['set', '--hop', '10.0.0.1:80', '--login', 'u:SECRET']],
    [['set', '--hop', 'u:SECRET@10.0.0.1:80']],
    [['set', '--hop', 'u@10.0.0.1:80', '--login', 'u']],
    [['set', '--secret-store', 'post-it', ...home]],
    [['set']],
    [['delete']],
    [['delete', '--all', ...home]],
    [[]],
  ])('secret %j is wrong usage, and what may be a password is not repeated', async args => {
    const { status, stdout, stderr } = await run(['secret', ...args], {
      env: bare(),
      cwd: temporaryFolder(),
      input: 'x',
    })
    expect(status).toBe(64)
    expect(stdout).toBe('')
    expect(stderr).not.toContain('SECRET')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it.each([
    ['nothing', ''],
    ['a line break alone', '\n'],
    ['two lines', 'SECRETa\nSECRETb'],
    ['a zero byte', 'SECRETa\0b'],
    ['no UTF-8', Uint8Array.of(0x53, 0xff)],
    ['too much', 'SECRET'.repeat(1000)],
  ])('%s on standard input is no password', async (_, input) => {
    const env = bare()
    const { status, stderr } = await run(['secret', 'set', '--secret-store', 'file', ...home], { env, input })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^tildegate: The password is .* Nothing was stored\.$/)
    expect(stderr).not.toContain('SECRET')
    expect(await run(['secret', 'list', '--secret-store', 'file'], { env })).toMatchObject({ stdout: '' })
  })

  it('several missing passwords cannot come on standard input: each is named with its command', async () => {
    const cwd = temporaryFolder({
      'backbalance.bin':
        '/~~a=#gw.example:443 -> dom\\u@10.0.0.1:80;\n/~~b=#gw.example:443 -> dom\\u@10.0.0.1:80;\n',
    })
    const { status, stderr } = await run(['secret', 'set', '--secret-store', 'file'], {
      env: bare(),
      cwd,
      input: 'x',
    })
    expect(status).toBe(64)
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      '  tildegate secret set --tunnel a@gw.example:443 --secret-store file',
      "  tildegate secret set --hop 10.0.0.1:80 --login 'dom\\u' --secret-store file",
      '  tildegate secret set --tunnel b@gw.example:443 --secret-store file',
    ])
  })

  it.each(['secret', 'secret set', 'secret delete', 'secret list', 'secret move'])(
    'the help of %s fits a screen and has an example',
    async command => {
      const { status, stdout } = await run([...command.split(' '), '--help'], { env: bare() })
      expect(status).toBe(0)
      expect(stdout).toContain('Example')
      expect(stdout.split('\n').length).toBeLessThanOrEqual(30)
    },
  )
})

describe.skipIf(!hasTerminal)(`at a terminal ${howToGetTerminal}`, () => {
  const set = ['secret', 'set', '--secret-store', 'file']
  const environment = () => ({ ...process.env, ...bare() })

  it('what is typed to a program that does not hide it is shown, so this test would see it', async () => {
    const terminal = atTerminal(['cat'], environment())
    terminal.type('SECRETtyped\r')
    await terminal.until(/SECRETtyped/)
  })

  it('a password is typed without being shown, and corrected with backspace and Ctrl-U', {
    timeout: 30_000,
  }, async () => {
    const env = environment()
    const { host } = await gatewayOf('SECRETpäss wörd 🔑')
    const terminal = tildegateAtTerminal([...set, '--tunnel', `homePC@${host}`], env)
    await terminal.until(/Password of tunnel homePC@[\d.:]+ \(not shown\): /)
    terminal.type('SECRETwrong\u0015SECRETpässX\u007f wörd 🔑\r')
    await terminal.until(/Stored in the file store/)
    expect(await terminal.ended).toBe(0)
    expect(terminal.shown).not.toMatch(/SECRET|wörd|\*/)
    const test = ['test', '--line', `/~~homePC=#${host};`, '--secret-store', 'file']
    expect((await run(test, { env })).status).toBe(0)
  })

  it('all that a file leaves out is asked for, one after another, and then nothing more', async () => {
    const env = environment()
    const text = '/~~a=#gw.example:443 -> dom\\u@10.0.0.1:80;\n/~~b=#gw.example:443 -> dom\\u@10.0.0.1:80;\n'
    const file = join(temporaryFolder({ 'backbalance.bin': text }), 'backbalance.bin')
    const terminal = tildegateAtTerminal([...set, '--file', file], env)
    for (const whose of ['tunnel a@', 'proxy dom\\\\u@', 'tunnel b@']) {
      await terminal.until(new RegExp(`Password of ${whose}`))
      terminal.type('SECRETpw\r')
      await terminal.until(new RegExp(`Stored in the file store: ${whose}`))
    }
    expect(await terminal.ended).toBe(0)
    expect(terminal.shown).not.toContain('SECRET')
    const again = tildegateAtTerminal([...set, '--file', file], env)
    await again.until(/All that .* needs is in the file store already/)
    expect(await again.ended).toBe(0)
  })

  it.each([
    ['Ctrl-C', '\u0003', 130],
    ['Ctrl-D', '\u0004', 1],
    ['Return alone', '\r', 1],
  ])('%s stores nothing', async (_, key, status) => {
    const env = environment()
    const terminal = tildegateAtTerminal([...set, ...home], env)
    await terminal.until(/not shown/)
    terminal.type(key)
    await terminal.until(/Nothing was stored/)
    expect(await terminal.ended).toBe(status)
    expect(await run(['secret', 'list', '--secret-store', 'file'], { env })).toMatchObject({ stdout: '' })
  })
})
