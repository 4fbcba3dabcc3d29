/** `tildegate secret` where there is no keychain: wrong usage, bad input, the file store, a file whose passwords are moved. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { startProgram, stopAll } from '../support/programs.ts'
import { bare, gatewayOf, home, run, secret } from './secrets-scene.ts'

afterEach(stopAll)

describe('without a keychain', { timeout: 60_000 }, () => {
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

  it('the file store gets an agent ready, once it is asked for by name', async () => {
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
    expect([...agent.stdout, ...agent.stderr].join()).not.toContain('SECRET')
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
