/** What the agent does with stored passwords: asks anew for each attempt, keeps those of proxies between, outlives a failing store. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  EntryPasswords,
  hopResolver,
  openSecretStore,
  proxyAccount,
  tunnelAccount,
} from '../../../agent/index.ts'
import { CredentialGuard } from '../../../net/auth/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { parseBackbalance } from '../../../shared/balance/index.ts'
import { Secret } from '../../../shared/secret.ts'
import { type Log, silentLog } from '../../../shared/world.ts'
import { temporaryFolder } from '../../support/files.ts'
import { plain } from '../../unit/balance/reading.ts'

const tunnel = tunnelAccount({ name: 'a', gateway: { host: 'gw.example', port: 443 } })
const proxy = proxyAccount('10.0.0.1:808', { scheme: 'ntlm', domain: 'dom', user: 'u' })

function scene(line = '/~~a=#gw.example:443 -> 10.0.0.9:80 -> dom\\u@10.0.0.1:808;') {
  const folder = temporaryFolder()
  const [entry] = parseBackbalance(line, 'f').entries
  if (entry === undefined) throw new Error('no entry')
  const store = openSecretStore({
    kind: 'file',
    environment: { XDG_DATA_HOME: folder, HOME: folder, LOCALAPPDATA: folder },
    clock: systemClock,
    random: systemRandom,
  })
  const warnings: string[] = []
  const log: Log = { ...silentLog, warn: (_, message) => void warnings.push(message) }
  const guard = new CredentialGuard(systemRandom, systemClock)
  const passwords = new EntryPasswords({ store, environment: { PW: 'of the variable' }, guard, log })
  const resolve = hopResolver({ environment: {}, keychainPassword: passwords.keychainPassword })
  const signal = new AbortController().signal
  const hopLogin = async () => (await resolve(entry, signal))[0]?.hops.at(-1)?.login
  const hop = async () => plain((await hopLogin())?.password ?? Secret.fromText(''))
  const attempt = async () => [plain(await passwords.passwordOf(entry)), await hop()]
  const key = join(folder, 'tildegate', 'secrets', 'key')
  return { store, attempt, hop, hopLogin, guard, signal, warnings, key }
}

describe('stored passwords of an entry', () => {
  it('that are missing are named with the command that stores them, and the hop', async () => {
    const { store, attempt, hop } = scene()
    await expect(attempt()).rejects.toMatchObject({
      code: 'password-missing',
      message: expect.stringContaining('tildegate secret set --tunnel a@gw.example:443'),
      row: { retry: 'needs-user' },
    })
    await store.set(tunnel, Secret.fromText('t'))
    await expect(hop()).rejects.toMatchObject({
      code: 'password-missing',
      details: { hopIndex: 2 },
      message: expect.stringMatching(/tildegate secret set --hop 10\.0\.0\.1:808 --login ['"]dom\\u['"]/),
    })
  })

  it('are asked anew for each attempt, and kept for the back-connections in between', async () => {
    const { store, attempt, hop } = scene()
    await store.set(tunnel, Secret.fromText('t1'))
    await store.set(proxy, Secret.fromText('p1'))
    expect(await attempt()).toEqual(['t1', 'p1'])
    await store.set(tunnel, Secret.fromText('t2'))
    await store.set(proxy, Secret.fromText('p2'))
    expect(await hop()).toBe('p1')
    expect(await attempt()).toEqual(['t2', 'p2'])
    await store.delete(tunnel)
    await expect(attempt()).rejects.toMatchObject({ code: 'password-missing' })
  })

  it('are asked anew when the proxy has refused the login', async () => {
    const { store, attempt, hop, hopLogin, guard, signal } = scene()
    await store.set(tunnel, Secret.fromText('t'))
    await store.set(proxy, Secret.fromText('old'))
    await attempt()
    const login = await hopLogin()
    if (login === undefined) throw new Error('no login')
    await (await guard.begin('10.0.0.1:808', login, signal)).refused()
    expect(await hop()).toBe('old')
    await store.set(proxy, Secret.fromText('new'))
    expect(await hop()).toBe('new')
    expect(await hop()).toBe('new')
  })

  it.skipIf(process.platform === 'win32')(
    'outlive a store that fails later, with a warning, but not one that fails at first',
    async () => {
      const { store, attempt, hop, warnings, key } = scene()
      await store.set(tunnel, Secret.fromText('SECRETt'))
      await store.set(proxy, Secret.fromText('SECRETp'))
      chmodSync(key, 0o644)
      await expect(attempt()).rejects.toMatchObject({
        code: 'secret-store-unusable',
        row: { retry: 'needs-user' },
      })
      await expect(hop()).rejects.toMatchObject({ code: 'secret-store-unusable', details: { hopIndex: 2 } })
      chmodSync(key, 0o600)
      await attempt()
      chmodSync(key, 0o644)
      expect(await attempt()).toEqual(['SECRETt', 'SECRETp'])
      expect(warnings).toHaveLength(2)
      expect(warnings.join()).not.toContain('SECRET')
    },
  )

  it('are not asked for where the entry has its own', async () => {
    const { attempt } = scene('/~~a=own#gw.example:443 -> dom\\u:own too@10.0.0.1:808;')
    expect(await attempt()).toEqual(['own', 'own too'])
  })
})
