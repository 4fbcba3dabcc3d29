/** A stopped agent (SIGSTOP) in real time: its name is freed at 60 s and is not stolen back. */
import { afterEach, describe, expect, it } from 'vitest'
import { startAgent, startProgram, startSiteProgram, stopAll } from '../support/programs.ts'
import { startScene } from './scene.ts'

const hello = async (url: string) => (await fetch(url)).text()

describe.skipIf(process.platform === 'win32')(
  'an agent that is stopped for over a minute [needs SIGSTOP]',
  () => {
    afterEach(stopAll)

    it('loses its name at 60 s to another agent, and on waking finds out without stealing it back', {
      timeout: 120_000,
    }, async () => {
      const { agent, gateway, url, line } = await startScene()
      const other = await startSiteProgram('other')
      const otherLine = line.replace(/=> \S+;/, `=> ${other.url};`)
      const stoppedAt = performance.now()
      agent.program.signal('SIGSTOP')
      const early = startProgram(['agent', '--line', otherLine, '--status-json'])
      await early.line(/"code":"name-in-use"/)
      early.signal('SIGTERM')
      expect(await early.ended).toBe(0)

      await gateway.program.logged(/"reason":"silent"/, 75_000)
      const silentMs = performance.now() - stoppedAt
      expect(silentMs).toBeGreaterThan(39_000)
      expect(silentMs).toBeLessThan(66_000)
      await startAgent(['--line', otherLine])
      expect(await hello(url)).toBe('hello from other')

      agent.program.signal('SIGCONT')
      await agent.program.logged(/name-in-use/)
      expect(await hello(url)).toBe('hello from other')
    })
  },
)

describe('a second agent with the right password', () => {
  afterEach(stopAll)

  it('is told that the name is connected from elsewhere, and the first one’s visitors do not notice', async () => {
    const { url, line } = await startScene()
    const second = startProgram(['agent', '--line', line, '--once'])
    expect(await second.ended).toBe(1)
    expect(second.stderr.join('\n')).toContain('Already connected from elsewhere.')
    expect(await hello(url)).toBe('hello from home')
  })
})
