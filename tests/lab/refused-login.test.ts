/**
 * Wrong proxy passwords and a real agent's own retries, 20 times as fast as real time (faketime): each login reaches its proxy twice and
 * never again, by the proxies' own logs, and the state says at which proxy and why.
 */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { type Program, startProgram, stopAll } from '../support/programs.ts'
import { accesses, at, howToGetIt, isLabUp, of, ports } from './lab.ts'

const [faketime] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
const howToGetFaketime = '[needs faketime: apt-get install faketime]'

/** `gateway`: nobody listens there, and each entry has its own, so that the logs tell them apart. */
interface Entry {
  readonly name: string
  readonly gateway: number
  readonly hops: readonly string[]
  /** The proxy that refuses. */
  readonly hop: number
  readonly proxy: number
}
const entries: readonly Entry[] = [
  { name: 'ntlm', gateway: 101, hops: [at(ports.ntlm, 'LAB\\carol:wrong')], hop: 1, proxy: ports.ntlm },
  { name: 'twin', gateway: 102, hops: [at(ports.ntlm, 'LAB\\carol:wrong')], hop: 1, proxy: ports.ntlm },
  { name: 'basic', gateway: 103, hops: [at(ports.basic, 'carol:wrong:too')], hop: 1, proxy: ports.basic },
  {
    name: 'second',
    gateway: 104,
    hops: [at(ports.ntlm, of('alice', 'LAB')), at(ports.closingNtlm, '\\bob:wrong')],
    hop: 2,
    proxy: ports.closingNtlm,
  },
]

/** Whom the proxy saw in each answer 407 to this entry; a name is known to it with Basic alone. */
const refusals = ({ proxy, gateway }: Entry) =>
  accesses(proxy, new RegExp(` TCP_DENIED/407 \\d+ CONNECT 127\\.0\\.0\\.1:${gateway} (\\S+) `))

interface Status {
  readonly time: string
  readonly hop?: number
  readonly code?: string
  readonly message?: string
  readonly retryInMs?: number
}

const statesOf = (agent: Program, { name }: Entry) =>
  agent.stdout
    .filter(line => line.includes(`"tunnel":"${name}","state":"needsUser"`))
    .map(line => JSON.parse(line) as Status)

const late = (agent: Program, { name }: Entry) =>
  agent.stdout.filter(line => new RegExp(`"tunnel":"${name}","state":"waiting".*-timeout"`).test(line)).length

describe.skipIf(!isLabUp || faketime === undefined)(
  `a wrong password at a real proxy ${howToGetIt} ${howToGetFaketime}`,
  () => {
    afterEach(stopAll)

    it('reaches the proxy twice, by whichever tunnel, in more than ten minutes of retries', {
      timeout: 120_000,
    }, async () => {
      const before = entries.map(entry => refusals(entry).length)
      const lines = entries.map(
        ({ name, gateway, hops }) => `/~~${name}=pw#127.0.0.1:${gateway} -> ${hops.join(' -> ')};\n`,
      )
      const folder = temporaryFolder({ 'backbalance.bin': lines.join('') })
      const agent = startProgram(['agent', '--status-json'], {
        cwd: folder,
        env: { STATE_DIRECTORY: join(folder, 'state'), LD_PRELOAD: faketime, FAKETIME: '+0 x20' },
      })
      await Promise.all(
        entries.map(({ name }) =>
          agent.line(new RegExp(`"tunnel":"${name}","state":"needsUser".*"proxy-auth-given-up"`), 100_000),
        ),
      )
      agent.signal('SIGTERM')
      expect(await agent.ended).toBe(0)

      for (const entry of entries) {
        for (const { hop, code, message, retryInMs } of statesOf(agent, entry)) {
          expect(code).toMatch(/^proxy-auth-(refused|given-up)$/)
          expect(hop).toBe(entry.hop)
          expect(message).toContain(`127.0.0.1:${entry.proxy}`)
          expect(retryInMs).toBeGreaterThanOrEqual(300_000)
        }
      }
      const times = entries.flatMap(entry => statesOf(agent, entry)).map(({ time }) => Date.parse(time))
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(600_000)
      const [ntlm = 0, twin = 0, basic = 0, second = 0] = entries.map(
        (entry, i) => refusals(entry).length - (before[i] ?? 0),
      )
      // A try with NTLM is two answers 407: the challenge and the refusal. One whose answer came too late, as on a busy computer at
      // this pace, was not refused as far as the agent can know.
      const [ntlmLate = 0, twinLate = 0, basicLate = 0, secondLate = 0] = entries.map(entry =>
        late(agent, entry),
      )
      expect(ntlm + twin).toBeGreaterThanOrEqual(4)
      expect(ntlm + twin).toBeLessThanOrEqual(4 + 2 * (ntlmLate + twinLate))
      expect(basic).toBeGreaterThanOrEqual(2)
      expect(basic).toBeLessThanOrEqual(2 + basicLate)
      expect(second).toBeGreaterThanOrEqual(4)
      expect(second).toBeLessThanOrEqual(4 + 2 * secondLate)
      const [seen] = entries.filter(({ name }) => name === 'basic').map(entry => new Set(refusals(entry)))
      expect(seen).toEqual(new Set(['carol']))
    })
  },
)
