/** Limits of the agent's patience with a keychain, of a real keyring: after each the secret is had as ever. */
import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished } from 'vitest'
import { EntryPasswords, openSecretStore, tunnelAccount } from '../../../agent/index.ts'
import { CredentialGuard } from '../../../net/auth/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { parseBackbalance } from '../../../shared/balance/index.ts'
import { Secret } from '../../../shared/secret.ts'
import { silentLog } from '../../../shared/world.ts'
import { agentBites } from '../../support/bites.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../../support/keyring.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const account = tunnelAccount({ name: 'a', gateway: { host: 'gw.example', port: 443 } })
const textOf = (secret: Secret | undefined) => secret?.use(bytes => Buffer.from(bytes).toString('utf8'))
const noAnswer = { code: 'keychain-no-answer' }

/** An unlocked keyring with the secret `kept`, and a store that was given it once. */
async function scene() {
  const keyring = await Keyring.start('unlocked')
  const clock = new VirtualClock()
  const open = (asked: VirtualClock | typeof systemClock) => {
    const store = openSecretStore({
      ...{ kind: 'keychain', environment: keyring.env, clock: asked, random: systemRandom },
    } as const)
    onTestFinished(() => store.close())
    return store
  }
  const other = open(systemClock)
  const put = (text: string) => other.set(account, Secret.fromText(text))
  await put('kept')
  return { keyring, clock, put, store: open(clock) }
}

/** How a wait stands, which the test does not await. */
function watched<T>(wait: Promise<T>) {
  const seen: { isOver: boolean; result: Promise<T> } = { isOver: false, result: wait }
  const over = () => {
    seen.isOver = true
  }
  wait.then(over, over)
  return seen
}

/** The process in which this one asks the keychain with a virtual clock; undefined where there is none. */
function keychainProcesses(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ')
  const isOne = (pid: string) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('keychain-child')
  return children.filter(pid => pid !== '' && isOne(pid)).length
}

describe.skipIf(!isKeyringInstalled)(`the keychain ${howToGetKeyring}`, { timeout: 60_000 }, () => {
  agentBites('keychainMs', 'one that hangs is waited for so long, and gives its secret later', async () => {
    const { keyring, clock, store } = await scene()
    keyring.freeze()
    const asked = watched(store.get(account))
    await clock.pass(7_999)
    expect(asked.isOver).toBe(false)
    await clock.pass(1)
    await expect(asked.result).rejects.toMatchObject(noAnswer)
    keyring.thaw()
    expect(textOf(await store.get(account))).toBe('kept')
  })

  agentBites('keychainPromptMs', 'its window is taken away, and who asks then is answered', async () => {
    const { keyring, clock, store } = await scene()
    keyring.freeze()
    const before = keychainProcesses()
    const asked = store.get(account)
    expect(keychainProcesses()).toBe(before + 1)
    const refused = expect(asked).rejects.toMatchObject(noAnswer)
    await clock.pass(119_999)
    await refused
    expect(keychainProcesses()).toBe(before + 1)
    await clock.pass(1)
    await expect.poll(keychainProcesses, { timeout: 30_000 }).toBe(before)
    keyring.thaw()
    expect(textOf(await store.get(account))).toBe('kept')
  })

  agentBites(
    'keychainRenewMs',
    'the secret that it gave is used, and a newer one once it answers',
    async () => {
      const { keyring, clock, store, put } = await scene()
      const [entry] = parseBackbalance('/~~a=#gw.example:443;', 'f').entries
      if (entry === undefined) throw new Error('no entry')
      const guard = new CredentialGuard(systemRandom, systemClock)
      const passwords = new EntryPasswords({ store, environment: {}, guard, log: silentLog })
      expect(textOf(await passwords.passwordOf(entry))).toBe('kept')
      keyring.freeze()
      const asked = watched(passwords.passwordOf(entry))
      await clock.pass(1_999)
      expect(asked.isOver).toBe(false)
      await clock.pass(1)
      expect(textOf(await asked.result)).toBe('kept')
      keyring.thaw()
      await put('newer')
      expect(textOf(await passwords.passwordOf(entry))).toBe('newer')
    },
  )
})
