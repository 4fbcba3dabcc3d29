/** Refused logins that outlive the process, in real folders; every `RefusedLogins` here stands for a process of its own. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RefusedLogins } from '../../../agent/refused-logins.ts'
import { CredentialGuard, type ResolvedLogin } from '../../../net/auth/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { Secret } from '../../../shared/secret.ts'
import { temporaryFolder } from '../../support/files.ts'

const hop = '192.168.10.11:808'
const password = 'Passw0rd!-of-alice'
const login: ResolvedLogin = {
  scheme: 'ntlm',
  domain: 'LAB',
  user: 'alice',
  password: Secret.fromText(password),
}
const withPassword = (text: string): ResolvedLogin => ({ ...login, password: Secret.fromText(text) })
const { signal } = new AbortController()
const givenUp = expect.objectContaining({ code: 'proxy-auth-given-up' })

function scene(
  folder = join(temporaryFolder(), 'state', 'refused-logins'),
  cost: { cost?: number } = { cost: 2 ** 10 },
) {
  const warnings: object[] = []
  const log = { debug() {}, info() {}, warn: (fields: object) => void warnings.push(fields), error() {} }
  /** As a process that starts anew. */
  const restart = () => {
    const record = new RefusedLogins({ folder, clock: systemClock, random: systemRandom, log, ...cost })
    return { record, guard: new CredentialGuard(systemRandom, systemClock, record) }
  }
  const refuse = async (own = login) => (await restart().guard.begin(hop, own, signal)).refused()
  const files = () => (existsSync(folder) ? readdirSync(folder).filter(name => name !== 'salt') : [])
  return { folder, warnings, restart, refuse, files }
}

describe('a refused login', () => {
  it('is tried twice in all, however often the process restarts', async () => {
    const { restart, refuse } = scene()
    await refuse()
    await restart().guard.check(hop, login)
    await refuse()
    await expect(restart().guard.check(hop, login)).rejects.toEqual(givenUp)
    await expect(restart().guard.begin(hop, login, signal)).rejects.toEqual(givenUp)
  })

  it('is tried twice in all, though the very first refusals of several logins come at the same moment', async () => {
    const { restart, refuse } = scene()
    const logins = ['a', 'b', 'c', 'd', 'e'].map(withPassword)
    await Promise.all(logins.map(refuse))
    await Promise.all(logins.map(refuse))
    for (const one of logins) await expect(restart().guard.begin(hop, one, signal)).rejects.toEqual(givenUp)
  })

  it('may be tried with another password, and by another account or at another proxy', async () => {
    const { restart, refuse } = scene()
    await refuse()
    await refuse()
    await restart().guard.check(hop, withPassword('new'))
    await restart().guard.check(hop, { ...login, user: 'bob' })
    await restart().guard.check('192.168.10.12:808', login)
  })

  it('is not counted past by processes that try at the same moment', async () => {
    const { restart, refuse } = scene()
    await refuse()
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, () => restart().guard.begin(hop, login, signal)),
    )
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('gives its last try back where the password was not judged', async () => {
    const { restart, refuse } = scene()
    await refuse()
    await (await restart().guard.begin(hop, login, signal)).end()
    await restart().guard.check(hop, login)
  })

  it('is forgotten once it is let in, and a running process sees that', async () => {
    const { restart, refuse, files } = scene()
    const running = restart()
    await refuse()
    await (await restart().guard.begin(hop, login, signal)).accepted()
    expect(files()).toEqual([])
    await refuse()
    await running.guard.check(hop, login)
  })

  it('stays known when the account is let in by another password, for a day', async () => {
    const { folder, restart, refuse, files } = scene()
    await refuse()
    await refuse()
    await (await restart().guard.begin(hop, withPassword('new'), signal)).accepted()
    await expect(restart().guard.check(hop, login)).rejects.toEqual(givenUp)
    const longAgo = new Date(Date.now() - 25 * 3_600_000)
    for (const file of files()) utimesSync(join(folder, file), longAgo, longAgo)
    await (await restart().guard.begin(hop, withPassword('new'), signal)).accepted()
    expect(files()).toEqual([])
  })

  it('may be tried again where the user says so', async () => {
    const { restart, refuse } = scene()
    const running = restart()
    await refuse()
    await refuse()
    await expect(running.guard.check(hop, login)).rejects.toEqual(givenUp)
    await restart().record.forget(hop, { scheme: 'ntlm', domain: 'lab', user: 'Alice' })
    await running.guard.check(hop, login)
  })
})

describe('what is on the disk', () => {
  it('is nothing before the first refusal', async () => {
    const { folder, restart } = scene()
    await restart().guard.check(hop, login)
    await (await restart().guard.begin(hop, login, signal)).accepted()
    expect(existsSync(folder)).toBe(false)
  })

  it('is for its owner alone, and holds neither password nor user nor proxy', async () => {
    const { folder, refuse, files } = scene()
    await refuse()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const names = readdirSync(folder)
    for (const name of names) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    const all = names.map(name => `${name} ${readFileSync(join(folder, name), 'latin1')}`).join(' ')
    for (const text of [password, 'alice', 'LAB', '192.168.10.11']) expect(all).not.toContain(text)
    expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{16}-[0-9a-f]{32}-1$/)])
  })

  it('takes a guesser more than a moment for each guess', async () => {
    const { refuse } = scene(join(temporaryFolder(), 'refused-logins'), {})
    const begin = performance.now()
    await refuse()
    expect(performance.now() - begin).toBeGreaterThan(20)
  })

  it('differs between two computers for the same login', async () => {
    const [one, other] = [scene(), scene()]
    await one.refuse()
    await other.refuse()
    expect(one.files()).not.toEqual(other.files())
  })

  it('is bounded: the oldest leave', async () => {
    const { folder, refuse, files } = scene()
    mkdirSync(folder, { recursive: true })
    const longAgo = new Date(Date.now() - 3_600_000)
    for (let i = 0; i < 300; i++) {
      const file = join(folder, `${i.toString(16).padStart(16, '0')}-${'0'.repeat(32)}-1`)
      writeFileSync(file, '')
      utimesSync(file, longAgo, longAgo)
    }
    await refuse()
    expect(files()).toHaveLength(256)
    await expect(refuse()).resolves.toBeUndefined()
  })

  it('that cannot be used keeps nobody offline: this process alone remembers then, and says so once', async () => {
    const folder = temporaryFolder({ blocked: '' })
    const { warnings, restart } = scene(join(folder, 'blocked', 'refused-logins'))
    const { guard } = restart()
    for (let i = 0; i < 2; i++) await (await guard.begin(hop, login, signal)).refused()
    await expect(guard.check(hop, login)).rejects.toEqual(givenUp)
    expect(warnings).toHaveLength(1)
  })

  it('that was damaged is begun anew', async () => {
    const { folder, restart, refuse } = scene()
    await refuse()
    writeFileSync(join(folder, 'salt'), 'short')
    chmodSync(join(folder, 'salt'), 0o600)
    await refuse()
    await refuse()
    await expect(restart().guard.check(hop, login)).rejects.toEqual(givenUp)
  })
})
