/** 100 visitors at once through a cascade of two NTLM proxies: none meets an error, and few connections serve them all. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { startAgent, startGateway, startSiteProgram, stopAll } from '../support/programs.ts'
import { howToGetIt, isLabUp, ntlmCascade, ports, untilAccesses } from './lab.ts'

const visitors = 100
const rounds = 10

describe.skipIf(!isLabUp)(`a crowd through real proxies ${howToGetIt}`, () => {
  afterEach(stopAll)

  it('of 100 at once meets no error, cold or warm, and warm requests find the handshakes done', {
    timeout: 60_000,
  }, async () => {
    const folder = temporaryFolder({ 'balance.bin': '/~~srv1=pw#:*;\n' })
    const site = await startSiteProgram('home')
    const gateway = await startGateway(['--listen', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')])
    const hops = ntlmCascade.join(' -> ')
    const agent = await startAgent(['--line', `/~~srv1=pw#${gateway.host} -> ${hops} => ${site.url};`])
    const visit = async (i: number) => {
      const response = await fetch(`${agent.url}?${i}`)
      return `${response.status} ${await response.text()}`
    }
    for (let round = 0; round <= rounds; round++) {
      const answers = await Promise.all(Array.from({ length: visitors }, (_, i) => visit(i)))
      expect(new Set(answers)).toEqual(new Set(['200 hello from home']))
    }
    agent.program.signal('SIGTERM')
    await agent.program.ended
    const tunnel = new RegExp(` TCP_TUNNEL/200 \\d+ CONNECT ${gateway.host.replaceAll('.', '\\.')} `)
    const dials = await untilAccesses(ports.closingNtlm, tunnel, 10)
    // The control connection, one for each visitor at most, and the spares.
    expect(dials.length).toBeLessThanOrEqual(1 + visitors + 16)
  })
})
