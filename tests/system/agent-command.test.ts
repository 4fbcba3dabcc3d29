/** `tildegate agent` as scripts see it: ready lines, JSON states, `--once`, exit statuses. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { startGateway, startProgram, stopAll } from '../support/programs.ts'

afterEach(stopAll)

describe('the agent', () => {
  const balance = () => join(temporaryFolder({ 'balance.bin': '/~~a=p#:*;\n/~~b=p#:*;\n' }), 'balance.bin')

  it('prints a ready line for each tunnel, and ends with 0 on SIGTERM', async () => {
    const { host, url } = await startGateway(['--listen', '127.0.0.1:0', '--balance', balance()])
    const folder = temporaryFolder({ 'backbalance.bin': `/~~a=p#${host};\n/~~b=p#${host};\n` })
    const agent = startProgram(['agent'], { cwd: folder })
    await Promise.all([agent.line(/^agent ready \/~~a /), agent.line(/^agent ready \/~~b /)])
    expect([...agent.stdout].sort()).toEqual(
      ['a', 'b'].map(name => `agent ready /~~${name} ${url}/~~${name}/`),
    )
    agent.signal('SIGTERM')
    expect(await agent.ended).toBe(0)
  })

  it('with --status-json prints one object a state change, with these members and no others', async () => {
    const args = ['--listen', '127.0.0.1:0', '--balance', balance()]
    const { host, url, program } = await startGateway(args)
    const agent = startProgram(['agent', '--line', `/~~a=p#${host};`, '--status-json'])
    await agent.line(/^agent ready /)
    program.signal('SIGTERM')
    await agent.line(/"state":"waiting"/)
    agent.signal('SIGTERM')
    expect(await agent.ended).toBe(0)
    const states = agent.stdout.filter(line => line.startsWith('{')).map(line => JSON.parse(line))
    expect(agent.stdout.filter(line => !line.startsWith('{'))).toEqual([`agent ready /~~a ${url}/~~a/`])
    for (const state of states) {
      expect(state).toMatchObject({ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), tunnel: 'a' })
      for (const member of Object.keys(state))
        expect(['time', 'tunnel', 'state', 'hop', 'code', 'message', 'retryInMs']).toContain(member)
    }
    const order = ['dialling', 'upgrading', 'proving', 'established', 'waiting']
    expect(states.map(({ state }) => state).slice(0, 5)).toEqual(order)
    expect(states[4]).toEqual({
      time: expect.any(String),
      tunnel: 'a',
      state: 'waiting',
      code: 'gateway-stopping',
      message: expect.any(String),
      retryInMs: expect.any(Number),
    })
    expect(states.at(-1)).toMatchObject({ state: 'stopped' })
  })

  it.skipIf(process.platform !== 'linux')(
    'given an entry with its password by --line, does not leave it in the process list [needs /proc]',
    async () => {
      const agent = startProgram(['agent', '--line', '/~~a=SECRETpw#127.0.0.1:1;', '--status-json'])
      await agent.line(/"state":"dialling"/)
      expect(readFileSync(`/proc/${agent.pid}/cmdline`, 'utf8')).not.toContain('SECRETpw')
    },
  )

  it('with --status-json says at which proxy it stands', async () => {
    const agent = startProgram(['agent', '--status-json', '--line', '/~~a=p#127.0.0.1:1 -> 127.0.0.1:1;'])
    const [line] = await agent.line(/^.*"state":"waiting".*$/)
    expect(JSON.parse(line)).toMatchObject({
      hop: 1,
      code: expect.stringMatching(/^proxy-/),
      retryInMs: expect.any(Number),
    })
  })

  it.each([
    ['a wrong password', '/~~a=wrong#'],
    ['an unknown name', '/~~nobody=p#'],
  ])('with --once ends with 1 at %s, and says so', async (_, line) => {
    const { host } = await startGateway(['--listen', '127.0.0.1:0', '--balance', balance()])
    const agent = startProgram(['agent', '--once', '--line', `${line}${host};`])
    expect(await agent.ended).toBe(1)
    expect(agent.stderr.join('\n')).toContain('password-refused')
    expect(agent.stderr.join('\n')).not.toContain('wrong#')
  })

  it('with --once goes on trying where the gateway is not there', async () => {
    const agent = startProgram(['agent', '--once', '--status-json', '--line', '/~~a=p#127.0.0.1:1;'])
    await agent.line(/"state":"waiting"/, 20_000, 1)
    agent.signal('SIGINT')
    expect(await agent.ended).toBe(130)
  })
})
