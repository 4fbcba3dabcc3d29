/** Real proxies whose passwords are nowhere but in a real keyring. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { startGateway, startProgram, startSiteProgram, stopAll } from '../support/programs.ts'
import { at, howToGetIt, isLabUp, passwords, ports, untilAccesses } from './lab.ts'

const tunnelPassword = 'SECRETtunnel'

afterEach(stopAll)

async function scene() {
  const keyring = await Keyring.start('unlocked')
  const env = { ...keyring.env, STATE_DIRECTORY: join(keyring.home, 'state') }
  const folder = temporaryFolder({ 'balance.bin': `/~~homePC=${tunnelPassword}#:*;\n` })
  const gateway = await startGateway(['--listen', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')])
  const site = await startSiteProgram('home')
  const set = async (args: readonly string[], input: string) => {
    const program = startProgram(['secret', 'set', ...args], { env, input })
    expect(await program.ended).toBe(0)
  }
  await set(['--tunnel', `homePC@${gateway.host}`], tunnelPassword)
  const lineThrough = (...hops: string[]) =>
    ['/~~homePC=#', gateway.host, ...hops.map(hop => ` -> ${hop}`), ` => ${site.url};`].join('')
  return { keyring, env, set, lineThrough, gateway }
}

describe.skipIf(!isLabUp || !isKeyringInstalled)(
  `proxies with passwords in the keychain, ${howToGetIt}`,
  () => {
    it('are passed by visitors too, also when the keychain is locked meanwhile', {
      timeout: 60_000,
    }, async () => {
      const { keyring, env, set, lineThrough } = await scene()
      await set(['--hop', at(ports.ntlm), '--login', 'LAB\\jürgen'], passwords.jürgen)
      await set(['--hop', at(ports.closingBasic), '--login', 'bob'], passwords.bob)
      const line = lineThrough(at(ports.ntlm, 'LAB\\jürgen'), at(ports.closingBasic, 'bob'))
      const agent = startProgram(['agent', '--line', line, '--status-json', '--log-level', 'debug'], { env })
      const [, url = ''] = await agent.line(/^agent ready \/~~homePC (\S+)$/)
      await keyring.become('locked')
      const gatewayPort = new URL(url).port
      const tunnels = new RegExp(`CONNECT 127\\.0\\.0\\.1:${gatewayPort} bob `)
      // All at once: most of them need a new back-connection.
      const answers = await Promise.all(Array.from({ length: 30 }, () => fetch(`${url}after/300`)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      agent.signal('SIGTERM')
      await agent.ended
      expect((await untilAccesses(ports.closingBasic, tunnels, 20)).length).toBeGreaterThanOrEqual(20)
      const shown = [...agent.stdout, ...agent.stderr].join('\n')
      for (const secret of [tunnelPassword, passwords.jürgen, passwords.bob])
        expect(shown).not.toContain(secret)
    })

    it('that refuse one take the right one as soon as it is stored', { timeout: 60_000 }, async () => {
      const { env, set, lineThrough } = await scene()
      const account = ['--hop', at(ports.ntlm), '--login', '\\carol']
      const once = ['agent', '--once', '--status-json', '--line', lineThrough(at(ports.ntlm, '\\carol'))]
      const missing = startProgram(once, { env })
      expect(await missing.ended).toBe(1)
      expect(missing.stdout.join('\n')).toContain('"code":"password-missing"')
      expect(missing.stdout.join('\n')).toContain(`tildegate secret set --hop ${at(ports.ntlm)} --login`)
      await set(account, 'SECRETwrong')
      const refused = startProgram(once, { env })
      expect(await refused.ended).toBe(1)
      expect(refused.stdout.join('\n')).toContain('"code":"proxy-auth-refused"')
      await set(account, passwords.carol)
      await startProgram(once, { env }).line(/^agent ready /)
    })
  },
)
