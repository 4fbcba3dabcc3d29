import { describe, expect, it } from 'vitest'
import { CredentialGuard, type ResolvedLogin } from '../../../net/auth/index.ts'
import { systemRandom } from '../../../net/world.ts'
import { Secret } from '../../../shared/secret.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const hop = '192.168.10.11:808'
const login: ResolvedLogin = {
  scheme: 'ntlm',
  domain: 'LAB',
  user: 'alice',
  password: Secret.fromText('Passw0rd!'),
}
const givenUp = { code: 'proxy-auth-given-up', details: { hop, tries: 2 } }

function scene() {
  const clock = new VirtualClock()
  const guard = new CredentialGuard(systemRandom, clock)
  const { signal } = new AbortController()
  return { clock, guard, begin: (own = login, at = hop) => guard.begin(at, own, signal) }
}

describe('a login at a proxy', () => {
  it('is refused twice at most, whoever tries; another proxy or a changed password may try', async () => {
    const { guard, begin } = scene()
    for (let i = 0; i < 2; i++) {
      await guard.check(hop, login)
      await (await begin()).refused()
    }
    await expect(guard.check(hop, login)).rejects.toMatchObject(givenUp)
    await expect(begin()).rejects.toMatchObject(givenUp)
    await begin(login, 'other:808')
    await begin({ ...login, password: Secret.fromText('new') })
  })

  it('may be refused twice again once it has been accepted', async () => {
    const { clock, guard, begin } = scene()
    await (await begin()).refused()
    await (await begin()).accepted()
    await clock.pass(20_000)
    await (await begin()).refused()
    await guard.check(hop, login)
    await (await begin()).refused()
    await expect(begin()).rejects.toMatchObject(givenUp)
  })

  it('that is not known to be right is tried by one alone: of a hundred at once two are refused', async () => {
    const { begin } = scene()
    let tried = 0
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, async () => {
        const attempt = await begin()
        tried++
        await new Promise(resolve => setImmediate(resolve))
        await attempt.refused()
        await attempt.end()
      }),
    )
    expect(tried).toBe(2)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(98)
  })

  it('that was just accepted lets all others go on at once, and a refusal stops that', async () => {
    const { begin } = scene()
    const first = await begin()
    const others = Array.from({ length: 50 }, () => begin())
    await first.accepted()
    const [one] = await Promise.all(others)
    await begin()
    await one?.refused()
    const alone = await begin()
    let isIn = false
    const waiting = begin().then(attempt => {
      isIn = true
      return attempt
    })
    await new Promise(resolve => setImmediate(resolve))
    expect(isIn).toBe(false)
    await alone.end()
    await waiting
  })

  it('whose try comes to nothing is tried by the next', async () => {
    const { begin } = scene()
    const first = await begin()
    const second = begin()
    await first.end()
    await (await second).accepted()
  })

  it('does not keep one waiting who has given up', async () => {
    const { guard, begin } = scene()
    await begin()
    const controller = new AbortController()
    const waiting = guard.begin(hop, login, controller.signal)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})
