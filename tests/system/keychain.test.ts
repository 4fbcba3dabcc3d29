/** The keychain with the built programs: the commands, an agent whose password is nowhere else, and a keychain that fails. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { type Program, startProgram, stopAll } from '../support/programs.ts'
import { gatewayOf, home, run, secret } from './secrets-scene.ts'

afterEach(stopAll)

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

describe.skipIf(!isKeyringInstalled)(
  `the keychain on the command line ${howToGetKeyring}`,
  { timeout: 60_000 },
  () => {
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

    it('holds the only copy of the password with which an agent gets ready', async () => {
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
      timeout: 60_000,
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

    it('that hangs keeps no agent from ending on SIGTERM', async () => {
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

    it('that answers late lets the agent go on without being told', async () => {
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

    it('takes over the passwords of a file, with which the agent goes on', async () => {
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
  },
)
