/** Kill -9 of each part in the middle of downloads: a visible end, and everything is back by itself. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { startAgent, startSiteProgram, stopAll } from '../support/programs.ts'
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

  it('of all three in turn, and everything is back', { timeout: 90_000 }, async () => {
    const { gateway, agent, site, url, line, restartGateway } = await startScene()
    const first = await startDownload(`${url}endless`)
    gateway.program.signal('SIGKILL')
    site.program.signal('SIGKILL')
    agent.program.signal('SIGKILL')
    expect(await first.ending).toBe('broken off')
    await Promise.all([gateway.program.ended, site.program.ended])
    await restartGateway()
    await startSiteProgram('home', site.port)
    await startAgent(['--line', line])
    await untilBack(url, 10_000)
  })
})
