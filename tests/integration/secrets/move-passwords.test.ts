/** Moving passwords out of backbalance.bin: nothing else changes, and whatever fails, nothing is lost. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  movePasswords,
  openSecretStore,
  proxyAccount,
  type SecretStore,
  tunnelAccount,
} from '../../../agent/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { type AgentEntry, parseBackbalance } from '../../../shared/balance/index.ts'
import { Secret } from '../../../shared/secret.ts'
import { temporaryFolder } from '../../support/files.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../../support/keyring.ts'
import { soundAgentLine } from '../../unit/balance/arbitrary-lines.ts'
import { plain, spelt } from '../../unit/balance/reading.ts'

const worlds = { clock: systemClock, random: systemRandom }

function scene(text: string) {
  const folder = temporaryFolder({ 'backbalance.bin': text })
  const file = join(folder, 'backbalance.bin')
  const environment = {
    XDG_DATA_HOME: join(folder, 'data'),
    HOME: folder,
    LOCALAPPDATA: join(folder, 'data'),
  }
  const store = openSecretStore({ kind: 'file', environment, ...worlds })
  const move = (options: { keepsBackup?: boolean; source?: Uint8Array } = {}) =>
    movePasswords({ file, source: readFileSync(file), store, random: systemRandom, ...options })
  return { folder, file, store, move, now: () => readFileSync(file, 'utf8') }
}

const gatewayOf = (name: string) => tunnelAccount({ name, gateway: { host: 'gw.example', port: 443 } })
const shared = proxyAccount('192.168.10.11:808', { scheme: 'ntlm', domain: 'dom', user: 'u' })
const textOf = async (store: SecretStore, account: Parameters<SecretStore['get']>[0]) => {
  const secret = await store.get(account)
  return secret && plain(secret)
}

/** The entries as an agent with this store sees them. */
async function resolved(entries: readonly AgentEntry[], store: SecretStore): Promise<unknown[]> {
  return Promise.all(
    entries.map(async entry => {
      const ask = async (account: Parameters<SecretStore['get']>[0], password: AgentEntry['password']) => {
        const secret = password.kind === 'keychain' ? await store.get(account) : undefined
        return secret === undefined ? password : { kind: 'file' as const, secret }
      }
      const hops = await Promise.all(
        entry.hops.map(async hop => {
          if (hop.kind === 'system' || hop.login === undefined) return hop
          const proxy = `${hop.host.includes(':') ? `[${hop.host}]` : hop.host}:${hop.port}`
          const password = await ask(proxyAccount(proxy, hop.login), hop.login.password)
          return { ...hop, login: { ...hop.login, password } }
        }),
      )
      return spelt({ ...entry, password: await ask(tunnelAccount(entry), entry.password), hops })
    }),
  )
}

describe('moving passwords', { timeout: 60_000 }, () => {
  it('leaves comments, order, line endings, broken lines and what is not understood as they were', async () => {
    const { move, now, store } = scene(
      [
        '\uFEFF# my tunnels\r\n',
        '/~~a=pa#ss=;:wörd 🔑#gw.example:443 -> dom\\u:p@ss:w#d@192.168.10.11:808 => http://127.0.0.1:3000;  \r\n',
        '\n',
        '/~~broken=stays#;\n',
        'something else\n',
        '/~~b=#gw.example:443 -> dom\\u@192.168.10.11:808 -> https://e:@10.0.0.1:1;\n',
        '/~~c=x#gw.example:443 -> system -> socks5://s:t@10.0.0.2:1080;',
      ].join(''),
    )
    expect((await move()).length).toBe(4)
    expect(now()).toBe(
      [
        '\uFEFF# my tunnels\r\n',
        '/~~a=#gw.example:443 -> dom\\u@192.168.10.11:808 => http://127.0.0.1:3000;  \r\n',
        '\n',
        '/~~broken=stays#;\n',
        'something else\n',
        '/~~b=#gw.example:443 -> dom\\u@192.168.10.11:808 -> https://e:@10.0.0.1:1;\n',
        '/~~c=#gw.example:443 -> system -> socks5://s@10.0.0.2:1080;',
      ].join(''),
    )
    expect(await textOf(store, gatewayOf('a'))).toBe('pa#ss=;:wörd 🔑')
    expect(await textOf(store, shared)).toBe('p@ss:w#d')
  })

  it('changes nothing for the agent, whatever the entries', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(soundAgentLine, { minLength: 1, maxLength: 4 }), async lines => {
        // Names that stand twice are an error; proxies with two passwords have a test of their own.
        const text = `${lines.map((line, i) => line.replace(/^\/~~[^=]*/, `/~~n${i}`).replaceAll('10.0.0.1', `10.0.${i}.1`)).join('\n')}\n`
        const { entries, diagnostics } = parseBackbalance(text, 'f')
        expect(diagnostics).toEqual([])
        fc.pre(
          entries.every(({ hops }) => new Set(hops.map(hop => JSON.stringify(hop))).size === hops.length),
        )
        const { move, store, now } = scene(text)
        await move()
        expect(now()).not.toMatch(/[Ω♠]/)
        expect(await resolved(parseBackbalance(now(), 'f').entries, store)).toEqual(entries.map(spelt))
      }),
      { numRuns: 60 },
    )
  })

  it('leaves no copy with passwords, and a file for the owner alone', async () => {
    const { move, file, now, folder } = scene('/~~a=SECRETa#gw.example:443;\n')
    writeFileSync(`${file}.bak`, '/~~a=SECRETold#gw.example:443;\n', { mode: 0o644 })
    await move()
    expect(readFileSync(`${file}.bak`, 'utf8')).toBe(now())
    if (process.platform !== 'win32') {
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(statSync(`${file}.bak`).mode & 0o777).toBe(0o600)
    }
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      expect(entry.name).not.toMatch(/\.new$/)
      expect(readFileSync(join(entry.parentPath, entry.name), 'latin1')).not.toContain('SECRET')
    }
  })

  it('leaves the last version in the backup where that is asked for', async () => {
    const text = '/~~a=SECRETa#gw.example:443;\n'
    const { move, file } = scene(text)
    await move({ keepsBackup: true })
    expect(readFileSync(`${file}.bak`, 'utf8')).toBe(text)
    if (process.platform !== 'win32') expect(statSync(`${file}.bak`).mode & 0o777).toBe(0o600)
  })

  it('touches nothing where there is no password', async () => {
    const { move, file } = scene('/~~a=#gw.example:443;\n')
    const before = statSync(file)
    expect(await move()).toEqual([])
    expect(statSync(file).ino).toBe(before.ino)
    expect(existsSync(`${file}.bak`)).toBe(false)
  })

  it.skipIf(process.platform === 'win32')('lets a symbolic link be one', async () => {
    const { move, file, folder } = scene('')
    rmSync(file)
    writeFileSync(join(folder, 'real.bin'), '/~~a=x#gw.example:443;\n')
    symlinkSync('real.bin', file)
    await move()
    expect(readFileSync(join(folder, 'real.bin'), 'utf8')).toBe('/~~a=#gw.example:443;\n')
  })

  it('stores the login that two entries share once, and refuses two passwords for it by their lines', async () => {
    const line = (name: string, pw: string) =>
      `/~~${name}=x#gw.example:443 -> dom\\u:${pw}@192.168.10.11:808;\n`
    const same = scene(line('a', 'pw') + line('b', 'pw'))
    expect(await same.move()).toEqual([gatewayOf('a'), shared, gatewayOf('b')])
    const text = `# first\n${line('a', 'pw')}${line('b', 'other')}`
    const different = scene(text)
    await expect(different.move()).rejects.toMatchObject({
      code: 'secrets-differ',
      message: expect.stringContaining('lines 2 and 3'),
    })
    expect(different.now()).toBe(text)
    expect(await different.store.list()).toEqual([])
  })

  it('notices that another program changed the file, and puts the store back', async () => {
    const { move, now, file, store } = scene('/~~a=one#gw.example:443;\n/~~b=two#gw.example:443;\n')
    await store.set(gatewayOf('b'), Secret.fromText('before'))
    const source = readFileSync(file)
    writeFileSync(file, '/~~a=one#gw.example:443;\n# by another\n')
    await expect(move({ source })).rejects.toMatchObject({ code: 'file-changed-meanwhile' })
    expect(now()).toBe('/~~a=one#gw.example:443;\n# by another\n')
    expect(await store.list()).toEqual([gatewayOf('b')])
    expect(await textOf(store, gatewayOf('b'))).toBe('before')
  })

  it('that cannot write the file leaves file and store as they were', async () => {
    const { folder, store } = scene('')
    const text = '/~~a=one#gw.example:443;\n'
    // The draft beside it would have too long a name.
    const file = join(folder, 'b'.repeat(250))
    writeFileSync(file, text)
    const moving = movePasswords({ file, source: Buffer.from(text), store, random: systemRandom })
    await expect(moving).rejects.toMatchObject({ code: 'file-not-written' })
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(await store.list()).toEqual([])
  })

  it('that cannot store the second password takes the first out again and leaves the file', async () => {
    const text = '/~~a=one#gw.example:443;\n/~~b=two#gw.example:443;\n'
    const { move, now, store, folder } = scene(text)
    await store.set(gatewayOf('b'), Secret.fromText('x'))
    const sealed = join(folder, 'data', 'tildegate', 'secrets', 'sealed')
    const [name = ''] = readdirSync(sealed)
    rmSync(join(sealed, name))
    mkdirSync(join(sealed, name))
    await expect(move()).rejects.toMatchObject({ code: 'secret-store-unusable' })
    expect(now()).toBe(text)
    rmSync(join(sealed, name), { recursive: true })
    expect(await store.list()).toEqual([])
  })
})

describe.skipIf(!isKeyringInstalled)(
  `moving passwords to the keychain ${howToGetKeyring}`,
  { timeout: 60_000 },
  () => {
    const text = '/~~a=one#gw.example:443 -> dom\\u:zwei ü@192.168.10.11:808;\n'

    it('takes them out of the file when the keychain has them', async () => {
      const keyring = await Keyring.start('unlocked')
      const { file, now } = scene(text)
      const store = openSecretStore({ kind: 'keychain', environment: keyring.env, ...worlds })
      await movePasswords({ file, source: Buffer.from(text), store, random: systemRandom })
      store.close()
      expect(now()).toBe('/~~a=#gw.example:443 -> dom\\u@192.168.10.11:808;\n')
      const other = openSecretStore({ kind: 'keychain', environment: keyring.env, ...worlds })
      expect(await textOf(other, gatewayOf('a'))).toBe('one')
      expect(await textOf(other, shared)).toBe('zwei ü')
      other.close()
    })

    it('of which the keychain would keep less than all leaves the file and the keychain as they were', async () => {
      const keyring = await Keyring.start('unlocked')
      // The library ends a text at its first zero byte.
      const odd = '/~~a=one#gw.example:443;\n/~~b=two\0three#gw.example:443;\n'
      const { file, now } = scene(odd)
      const store = openSecretStore({ kind: 'keychain', environment: keyring.env, ...worlds })
      const moving = movePasswords({ file, source: Buffer.from(odd), store, random: systemRandom })
      await expect(moving).rejects.toMatchObject({ code: 'keychain-failed' })
      expect(now()).toBe(odd)
      expect(await store.list()).toEqual([])
      expect(await store.get(gatewayOf('a'))).toBeUndefined()
      store.close()
    })

    it('that is locked leaves the file as it was', async () => {
      const keyring = await Keyring.start('locked')
      const { file, now } = scene(text)
      const store = openSecretStore({ kind: 'keychain', environment: keyring.env, ...worlds })
      const moving = movePasswords({ file, source: Buffer.from(text), store, random: systemRandom })
      await expect(moving).rejects.toMatchObject({ code: 'keychain-locked' })
      store.close()
      expect(now()).toBe(text)
    })
  },
)
