/** A gigabyte each way: the bytes arrive whole, and neither side keeps them in memory. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { get, request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { residentMiB, stopAll } from '../support/programs.ts'
import { bytes, hashOfBytes } from '../support/site.ts'
import { startScene } from './scene.ts'

const gibibyte = 2 ** 30

/** Watches the resident memory of the two programs while `work` runs; how far each grew, MiB. */
async function growth(pids: readonly number[], work: () => Promise<void>): Promise<number[]> {
  const before = pids.map(residentMiB)
  const peak = [...before]
  const sample = setInterval(() => {
    pids.forEach((pid, i) => {
      peak[i] = Math.max(peak[i] ?? 0, residentMiB(pid))
    })
  }, 20)
  await work().finally(() => clearInterval(sample))
  return peak.map((value, i) => value - (before[i] ?? 0))
}

async function download(url: string, count: number): Promise<string> {
  const [response] = await once(get(`${url}bytes/${count}`), 'response')
  const hash = createHash('sha256')
  await pipeline(response, hash)
  return hash.digest('hex')
}

async function upload(url: string, count: number): Promise<string> {
  const upload = request(`${url}hash`, { method: 'POST', headers: { 'Content-Length': count } })
  const answered = once(upload, 'response')
  await pipeline(Readable.from(bytes(count)), upload)
  const [response] = await answered
  let text = ''
  for await (const part of response) text += part
  return text
}

describe.skipIf(process.platform !== 'linux')(
  'a file of 1 GiB [memory is read from /proc: needs Linux]',
  () => {
    afterEach(stopAll)

    it.for([
      ['down', download],
      ['up', upload],
    ] as const)(
      'goes %s unchanged, and gateway and agent grow by less than 64 MiB',
      { timeout: 120_000 },
      async ([direction, transfer], { annotate }) => {
        const { gateway, agent, url } = await startScene()
        let received = ''
        const [ofGateway, ofAgent] = await growth([gateway.program.pid, agent.program.pid], async () => {
          received = await transfer(url, gibibyte)
        })
        await annotate(
          `1 GiB ${direction}: gateway +${ofGateway?.toFixed(0)} MiB, agent +${ofAgent?.toFixed(0)} MiB`,
        )
        expect(received).toBe(hashOfBytes(gibibyte))
        expect(ofGateway).toBeLessThan(64)
        expect(ofAgent).toBeLessThan(64)
      },
    )
  },
)
