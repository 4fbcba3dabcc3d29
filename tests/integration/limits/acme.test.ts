/** Limits of asking an authority for certificates: after each the next order is tried, and had. */
import { expect, onTestFinished } from 'vitest'
import { AcmeCertificate } from '../../../gateway/acme/acme-certificate.ts'
import { KeptState } from '../../../gateway/acme/kept-state.ts'
import { PendingChallenges } from '../../../gateway/acme/pending-challenges.ts'
import { type GatewayLimits, gatewayLimits } from '../../../gateway/limits.ts'
import { systemRandom } from '../../../net/world.ts'
import { silentLog } from '../../../shared/world.ts'
import { AuthorityTwin } from '../../support/authority-twin.ts'
import { bites } from '../../support/bites.ts'
import { temporaryFolder } from '../../support/files.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const patience = { timeout: 30_000 }
const dayMs = 86_400_000

/** Of a computer that may sleep: then its timers do not notice that time has passed. */
class SleepingClock extends VirtualClock {
  sleptMs = 0

  override wall(): number {
    return super.wall() + this.sleptMs
  }
}

async function asking(
  limits: Partial<GatewayLimits> = {},
  prepare: (authority: AuthorityTwin) => void = () => {},
) {
  const clock = new SleepingClock()
  const authority = await AuthorityTwin.open(clock)
  prepare(authority)
  const failures: string[] = []
  let shown = 0
  const all = gatewayLimits(limits)
  // No wait is longer than it must be.
  const world = { clock, random: { ...systemRandom, fraction: () => 0 }, limits: all }
  const certificate = new AcmeCertificate(
    {
      ...{ ...world, log: silentLog, options: authority.options, types: ['http-01'] },
      kept: new KeptState(temporaryFolder(), authority.options.directoryUrl),
      challenges: new PendingChallenges(world),
      show: async () => void shown++,
      failed: code => failures.push(code),
    },
    undefined,
  )
  onTestFinished(() => certificate.close())
  await certificate.start()
  return {
    ...{ clock, authority, failures },
    shown: () => shown,
    /** It has failed so often, and waits for its next try. */
    async hasFailed(times: number): Promise<void> {
      await expect.poll(() => failures.length, patience).toBe(times)
      await expect.poll(() => clock.waiting, patience).toBe(1)
    },
    async hasCertificates(times: number): Promise<void> {
      await expect.poll(() => shown, patience).toBe(times)
      await expect.poll(() => clock.waiting, patience).toBe(1)
    },
    async askedOnlyFor(path: string, times: number): Promise<void> {
      await authority.turn()
      expect(authority.count(path)).toBe(times)
    },
  }
}

bites('acmeRequestMs', 'an authority that says nothing is left, and the next order is had', async () => {
  const { clock, authority, failures, hasFailed, hasCertificates } = await asking({}, twin => {
    twin.mood = 'silent'
  })
  await expect.poll(() => authority.asked, patience).toEqual(['/dir'])
  await clock.pass(29_999)
  expect(failures).toEqual([])
  await clock.pass(1)
  await hasFailed(1)
  expect(failures).toEqual(['acme-directory-unreachable'])
  authority.mood = 'fine'
  await clock.pass(120_000)
  await hasCertificates(1)
})

bites('acmePollMs', 'an order is not looked at sooner, and had once it is done', async () => {
  const { clock, authority, askedOnlyFor, hasCertificates } = await asking({}, twin => {
    twin.isOrderReady = false
  })
  await expect.poll(() => authority.count('/order'), patience).toBe(1)
  await clock.pass(1_999)
  await askedOnlyFor('/order', 1)
  authority.isOrderReady = true
  const looked = () => clock.pass(100).then(() => authority.count('/order'))
  await expect.poll(looked, { ...patience, interval: 100 }).toBe(2)
  await hasCertificates(1)
})

bites('acmeOrderMs', 'an order that is never done is given up, and the next one is had', async () => {
  const { clock, authority, failures, hasFailed, hasCertificates } = await asking(
    { acmeOrderMs: 1_500 },
    twin => {
      twin.isOrderReady = false
    },
  )
  await expect.poll(() => authority.count('/order'), patience).toBe(1)
  await clock.pass(1_499)
  expect(failures).toEqual([])
  await clock.pass(1)
  await hasFailed(1)
  expect(failures).toEqual(['acme-refused'])
  authority.isOrderReady = true
  await clock.pass(120_000)
  await hasCertificates(1)
})

bites(
  'acmeRetryMs',
  'an authority that failed is left alone for so long, then twice that, and asked again',
  async () => {
    const { clock, authority, askedOnlyFor, hasFailed, hasCertificates } = await asking({}, twin => {
      twin.mood = 'failing'
    })
    await hasFailed(1)
    await clock.pass(119_999)
    await askedOnlyFor('/dir', 1)
    await clock.pass(1)
    await hasFailed(2)
    await clock.pass(239_999)
    await askedOnlyFor('/dir', 2)
    authority.mood = 'fine'
    await clock.pass(1)
    await hasCertificates(1)
  },
)

bites(
  'acmeRetryMaxMs',
  'no wait is longer, however often it failed, and then it is asked again',
  async () => {
    const { clock, authority, askedOnlyFor, hasFailed, hasCertificates } = await asking(
      { acmeRetryMs: 1_000, acmeRetryMaxMs: 3_000 },
      twin => {
        twin.mood = 'failing'
      },
    )
    for (const [at, waitMs] of [1_000, 2_000, 3_000, 3_000].entries()) {
      await hasFailed(at + 1)
      await clock.pass(waitMs - 1)
      await askedOnlyFor('/dir', at + 1)
      if (at === 3) authority.mood = 'fine'
      await clock.pass(1)
    }
    await hasCertificates(1)
  },
)

bites('acmeLookMs', 'a computer that slept is not late by more, and has its next certificate', async () => {
  const { clock, authority, askedOnlyFor, hasCertificates } = await asking()
  await hasCertificates(1)
  clock.sleptMs = 80 * dayMs
  await clock.pass(3_599_999)
  await askedOnlyFor('/order', 1)
  await clock.pass(1)
  await hasCertificates(2)
  expect(authority.count('/certificate')).toBe(2)
})
