/** Kill -9 of each part in the middle of downloads, in any order: a visible end, and everything is back by itself. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { startAgent, startProgram, startSiteProgram, stopAll } from '../support/programs.ts'
import { startScene } from './scene.ts'

/** How a download ended, as its visitor sees it. */
type Ending = 'complete' | 'broken off'

async function startDownload(url: string): Promise<{ ending: Promise<Ending> }> {
  const asked = get(url)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(200)
  await once(response, 'data')
  const ending = new Promise<Ending>(resolve => {
    response.on('end', () => resolve(response.complete ? 'complete' : 'broken off'))
    response.on('error', () => resolve('broken off'))
    // A reset is told by the request; the response of a body without a length ends all the same.
    asked.on('error', () => resolve('broken off'))
  })
  response.resume()
  return { ending }
}

/** A download of one letter over and over, which is looked at letter by letter. */
async function startMarkedDownload(url: string, mark: string) {
  const asked = get(`${url}endless?mark=${mark}`)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  let foreign = 0
  response.on('data', (bytes: Buffer) => {
    foreign += bytes.reduce((count, byte) => (byte === mark.charCodeAt(0) ? count : count + 1), 0)
  })
  await once(response, 'data')
  const ending = new Promise<Ending>(resolve => {
    response.on('end', () => resolve(response.complete ? 'complete' : 'broken off'))
    response.on('error', () => resolve('broken off'))
    asked.on('error', () => resolve('broken off'))
  })
  return { ending, foreignBytes: () => foreign }
}

const parts = ['gateway', 'agent', 'site'] as const
type Part = (typeof parts)[number]
const orders: [Part, Part, Part][] = parts.flatMap(first =>
  parts
    .filter(part => part !== first)
    .map((second): [Part, Part, Part] => [
      first,
      second,
      parts.find(part => part !== first && part !== second) ?? first,
    ]),
)

/** Asks until the tunnel answers again; what visitors see in between must be a clean error. */
async function untilBack(url: string, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs
  for (;;) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
      const text = await response.text()
      if (response.status === 200) {
        expect(text).toBe('hello from home')
        return
      }
      expect([404, 502, 503, 504]).toContain(response.status)
    } catch (error) {
      if (performance.now() > end) throw error
    }
    if (performance.now() > end) throw new Error('not back in time')
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('kill -9 in the middle of downloads', () => {
  afterEach(stopAll)

  it.each(['endless', 'endless?close', `bytes/${2 ** 32}`])(
    'of the agent breaks off %s, and a new agent serves at once',
    { timeout: 60_000 },
    async path => {
      const { agent, url, line } = await startScene()
      const downloads = await Promise.all([1, 2, 3].map(() => startDownload(`${url}${path}`)))
      agent.program.signal('SIGKILL')
      expect(await Promise.all(downloads.map(download => download.ending))).toEqual(
        downloads.map(() => 'broken off'),
      )
      await startAgent(['--line', line])
      await untilBack(url, 10_000)
    },
  )

  it.each(['endless', `bytes/${2 ** 32}`])(
    'of the target breaks off %s, visitors get 502, and it is back with the target',
    { timeout: 60_000 },
    async path => {
      const { site, url } = await startScene()
      const download = await startDownload(`${url}${path}`)
      site.program.signal('SIGKILL')
      expect(await download.ending).toBe('broken off')
      await site.program.ended
      expect((await fetch(url)).status).toBe(502)
      await startSiteProgram('home', site.port)
      await untilBack(url, 10_000)
    },
  )

  it('of the gateway breaks off the download, and the agent registers at the next one by itself', {
    timeout: 60_000,
  }, async () => {
    const { gateway, url, restartGateway } = await startScene()
    const download = await startDownload(`${url}endless`)
    gateway.program.signal('SIGKILL')
    expect(await download.ending).toBe('broken off')
    await gateway.program.ended
    await restartGateway()
    await untilBack(url, 20_000)
  })

  it.each(orders)(
    'of %s, then %s, then %s: each visitor sees a broken line, never another’s bytes, and all is back',
    { timeout: 120_000 },
    async (...order) => {
      const scene = await startScene()
      const { url, line } = scene
      const downloads = await Promise.all(['a', 'b', 'c', 'd'].map(mark => startMarkedDownload(url, mark)))
      for (const part of order) {
        scene[part].program.signal('SIGKILL')
        await scene[part].program.ended
      }
      for (const download of downloads) {
        expect(await download.ending).toBe('broken off')
        expect(download.foreignBytes()).toBe(0)
      }
      const restart = {
        gateway: () => scene.restartGateway(),
        agent: () => Promise.resolve(startProgram(['agent', '--line', line])),
        site: () => startSiteProgram('home', scene.site.port),
      }
      for (const part of order) await restart[part]()
      await untilBack(url, 20_000)
    },
  )
})
