/** The keychain store with a real keyring: what it keeps, and what it says when it cannot. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  labelOf,
  openSecretStore,
  proxyAccount,
  type SecretAccount,
  type SecretStore,
  tunnelAccount,
} from '../../../agent/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { Secret } from '../../../shared/secret.ts'
import { temporaryFolder } from '../../support/files.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../../support/keyring.ts'

const home = tunnelAccount({ name: 'homePC', gateway: { host: 'Gateway.example', port: 443 } })
const proxy = proxyAccount('192.168.10.11:808', { scheme: 'ntlm', domain: 'mydomain', user: 'user' })

function storeOf(
  { env }: Pick<Keyring, 'env'>,
  options: { answerMs?: number; onLateAnswer?: () => void } = {},
): SecretStore {
  const store = openSecretStore({
    kind: 'keychain',
    environment: env,
    clock: systemClock,
    random: systemRandom,
    ...options,
  })
  onTestFinished(() => store.close())
  return store
}

const textOf = (secret: Secret | undefined) => secret?.use(bytes => Buffer.from(bytes).toString('utf8'))
const read = async (store: SecretStore, account: SecretAccount) => textOf(await store.get(account))

describe.skipIf(!isKeyringInstalled)(`the keychain ${howToGetKeyring}`, { timeout: 60_000 }, () => {
  it.each([
    ['a password', 'mypassword1234'],
    ['umlauts', 'pässwörd-Ünï1'],
    ['signs and spaces', ' spaces, "quotes" and ; # = : @ \\ '],
    ['characters beyond 16 bits', '🔑'],
    ['a password as long as any store takes', 'x'.repeat(2048)],
  ])('gives %s back, to another store too', async (_, text) => {
    const keyring = await Keyring.start('unlocked')
    await storeOf(keyring).set(home, Secret.fromText(text))
    expect(await read(storeOf(keyring), home)).toBe(text)
    expect(await read(storeOf(keyring), proxy)).toBeUndefined()
  })

  it('replaces, lists and deletes; a login at a proxy is an account of its own', async () => {
    const keyring = await Keyring.start('unlocked')
    const store = storeOf(keyring)
    await store.set(home, Secret.fromText('first'))
    await store.set(home, Secret.fromText('second'))
    await store.set(proxy, Secret.fromText('third'))
    expect((await store.list()).map(labelOf)).toEqual([
      'proxy mydomain\\user@192.168.10.11:808',
      'tunnel homePC@gateway.example:443',
    ])
    expect(await read(store, home)).toBe('second')
    expect(await store.delete(home)).toBe(true)
    expect(await store.delete(home)).toBe(false)
    expect(await read(store, home)).toBeUndefined()
    expect(await read(store, proxy)).toBe('third')
    expect(await store.list()).toEqual([proxy])
  })

  it('holds no secret in the files that say which accounts there are', async () => {
    const keyring = await Keyring.start('unlocked')
    await storeOf(keyring).set(home, Secret.fromText('SECRETvalue'))
    const files = join(keyring.home, 'data', 'tildegate', 'keychain')
    const [name = ''] = readdirSync(files)
    expect(readFileSync(join(files, name), 'utf8')).toBe(
      '{"account":{"kind":"tunnel","name":"homePC","gateway":"gateway.example:443"}}\n',
    )
    expect(statSync(join(files, name)).mode & 0o777).toBe(0o600)
    expect(statSync(files).mode & 0o777).toBe(0o700)
  })

  it('that is locked says so, keeps everything, and can still be listed', async () => {
    const keyring = await Keyring.start('unlocked')
    await storeOf(keyring).set(home, Secret.fromText('kept'))
    await keyring.become('locked')
    const store = storeOf(keyring)
    await expect(store.get(home)).rejects.toMatchObject({ code: 'keychain-locked' })
    await expect(store.set(home, Secret.fromText('other'))).rejects.toMatchObject({ code: 'keychain-locked' })
    await expect(store.set(proxy, Secret.fromText('other'))).rejects.toMatchObject({
      code: 'keychain-locked',
    })
    await expect(store.delete(home)).rejects.toMatchObject({ code: 'keychain-locked' })
    expect(await store.list()).toEqual([home])
    await keyring.become('unlocked')
    expect(await read(storeOf(keyring), home)).toBe('kept')
  })

  it('in which nothing was ever kept, and which is locked, has none', async () => {
    const keyring = await Keyring.start('locked')
    expect(await read(storeOf(keyring), home)).toBeUndefined()
    await expect(storeOf(keyring).set(home, Secret.fromText('x'))).rejects.toMatchObject({
      code: 'keychain-locked',
    })
    expect(await storeOf(keyring).list()).toEqual([])
  })

  it('out of which another program took a secret lets it be stored or deleted again', async () => {
    const keyring = await Keyring.start('unlocked')
    const store = storeOf(keyring)
    await store.set(home, Secret.fromText('lost'))
    const script = `require('keytar').deletePassword('Tildegate', ${JSON.stringify(labelOf(home))})`
    execFileSync(process.execPath, ['-e', script], { env: keyring.env })
    expect(await store.get(home)).toBeUndefined()
    expect(await store.delete(home)).toBe(true)
    expect(await store.list()).toEqual([])
    await store.set(home, Secret.fromText('new'))
    expect(await read(store, home)).toBe('new')
  })

  it('that waits for its user is given up within the deadline, and other callers with it', async () => {
    const keyring = await Keyring.start('unlocked')
    await storeOf(keyring).set(home, Secret.fromText('kept'))
    await keyring.become('prompting')
    const store = storeOf(keyring, { answerMs: 300 })
    const results = await Promise.allSettled([store.get(home), store.get(home), store.get(proxy)])
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'keychain-no-answer' } })
  })

  it('that answers late says so, and gives its secret to who asks then', async () => {
    const keyring = await Keyring.start('unlocked')
    await storeOf(keyring).set(home, Secret.fromText('late'))
    keyring.freeze()
    let isLate = () => {}
    const late = new Promise<void>(resolve => {
      isLate = resolve
    })
    const store = storeOf(keyring, { answerMs: 300, onLateAnswer: isLate })
    await expect(store.get(home)).rejects.toMatchObject({ code: 'keychain-no-answer' })
    keyring.thaw()
    await late
    expect(await read(store, home)).toBe('late')
  })

  it('is asked a hundred times at once', async () => {
    const keyring = await Keyring.start('unlocked')
    const store = storeOf(keyring)
    await store.set(home, Secret.fromText('often'))
    const answers = await Promise.all(Array.from({ length: 100 }, () => read(store, home)))
    expect(new Set(answers)).toEqual(new Set(['often']))
  })

  it('whose process is killed while it is asked fails clearly, and works again when asked anew', async () => {
    const keyring = await Keyring.start('unlocked')
    const store = storeOf(keyring)
    await store.set(home, Secret.fromText('kept'))
    keyring.freeze()
    const asked = store.get(home)
    for (const pid of keychainProcesses()) process.kill(pid, 'SIGKILL')
    await expect(asked).rejects.toMatchObject({ code: 'keychain-failed' })
    keyring.thaw()
    expect(await read(store, home)).toBe('kept')
  })

  it('says without asking anybody whether it can be used', async () => {
    const keyring = await Keyring.start('locked')
    const state = async () => {
      return storeOf(keyring)
        .probe()
        .then(
          () => 'fine',
          (error: { code: string }) => error.code,
        )
    }
    expect(await state()).toBe('keychain-not-made')
    await keyring.become('unlocked')
    expect(await state()).toBe('fine')
    for (const locked of ['locked', 'prompting'] as const) {
      await keyring.become(locked)
      expect(await state()).toBe('keychain-shut')
      expect(keyring.isPrompting).toBe(false)
    }
    await keyring.become('absent')
    expect(await state()).toBe('keychain-not-running')
    await keyring.become('none')
    expect(await state()).toBe('keychain-not-running')
  })

  it('that hangs says so within the deadline', async () => {
    const keyring = await Keyring.start('unlocked')
    await storeOf(keyring).set(home, Secret.fromText('kept'))
    keyring.freeze()
    await expect(storeOf(keyring, { answerMs: 300 }).probe()).rejects.toMatchObject({
      code: 'keychain-no-answer',
    })
  })

  it('is unlocked by its user, also by a keyring that is started anew, and says so where nobody can be asked', async () => {
    const keyring = await Keyring.start('unlocked')
    await storeOf(keyring).set(home, Secret.fromText('kept'))
    await keyring.become('locked')
    const store = storeOf(keyring)
    await expect(store.unlock()).rejects.toMatchObject({ code: 'keychain-shut' })
    keyring.unlock()
    await store.unlock()
    await store.probe()
    expect(await read(store, home)).toBe('kept')
    expect(await store.list()).toEqual([home])
  })

  it('that is not running is named so', async () => {
    const keyring = await Keyring.start('absent')
    expect(await failuresOf(storeOf(keyring))).toEqual(Array(3).fill('keychain-not-running'))
  })
})

describe.runIf(process.platform === 'linux')('without a keychain', { timeout: 60_000 }, () => {
  it('and without a D-Bus every call says what to install, and nothing is listed', async () => {
    const folder = temporaryFolder()
    const env = { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder }
    expect(await failuresOf(storeOf({ env }))).toEqual(Array(3).fill('keychain-not-running'))
    expect(await storeOf({ env }).list()).toEqual([])
    await expect(storeOf({ env }).get(home)).rejects.toMatchObject({
      mend: expect.stringMatching(/apt install gnome-keyring.*--secret-store file/),
    })
  })

  it('whose library is missing every call names the package', async () => {
    const folder = temporaryFolder()
    // What the loader finds first, and cannot load.
    mkdirSync(join(folder, 'lib'))
    writeFileSync(join(folder, 'lib', 'libsecret-1.so.0'), '')
    const env = { PATH: process.env['PATH'], HOME: folder, LD_LIBRARY_PATH: join(folder, 'lib') }
    expect(await failuresOf(storeOf({ env }))).toEqual(Array(3).fill('keychain-not-installed'))
    await expect(storeOf({ env }).get(home)).rejects.toMatchObject({
      mend: expect.stringContaining('libsecret-1-0'),
    })
  })
})

async function failuresOf(store: SecretStore): Promise<unknown[]> {
  const works = [store.get(home), store.set(home, Secret.fromText('x')), store.delete(home)]
  const results = await Promise.allSettled(works)
  return results.map(result => (result.status === 'rejected' ? result.reason.code : result.value))
}

/** Those that this process has started. */
function keychainProcesses(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
  return children
    .split(' ')
    .filter(pid => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('keychain-child'))
    .map(Number)
}
