/**
 * The built programs behind real proxies: one agent with a file of many entries, as a user writes them, each through other
 * proxies. A visitor's page arrives through each, and the proxies' logs say that control connection and back-connections came that way.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { makeFolder, removeFolder } from '../support/files.ts'
import { type Program, startProgram, startSiteProgram, stopAll } from '../support/programs.ts'
import { bytes, hashOfBytes } from '../support/site.ts'
import { at, howToGetIt, isLabUp, labFolder, ntlmCascade, of, ports, untilAccesses } from './lab.ts'

/** As Squid's log writes them. */
const seen = { alice: 'LAB\\\\alice', bob: 'LAB\\\\bob', carol: 'LAB\\\\carol', jürgen: 'LAB\\\\j%c3%bcrgen' }

/** What it is, its proxies, the last of them, and whom that one sees. */
type Road = readonly [what: string, hops: readonly string[], port: number, user: string]
const one = (what: string, port: number, login: string, user: string): Road => [
  what,
  [at(port, login)],
  port,
  user,
]

const roads: readonly Road[] = [
  one('a proxy without a login', ports.open, '', '-'),
  one('Basic, alice', ports.basic, of('alice'), 'alice'),
  one('Basic, bob, whose password is not ASCII', ports.basic, of('bob'), 'bob'),
  one('Basic, carol, whose password has colons', ports.basic, of('carol'), 'carol'),
  one('Basic, jürgen, whose name is not ASCII', ports.basic, of('jürgen'), 'j%c3%bcrgen'),
  one('Basic where Negotiate and NTLM are offered too', ports.all, of('alice'), 'alice'),
  one('Basic at a proxy that closes after a 407', ports.closingBasic, of('carol'), 'carol'),
  ['Basic over TLS', [`https://${at(ports.tls, of('carol'))}`], ports.tls, 'carol'],
  one('NTLM, alice without a domain', ports.ntlm, of('alice', ''), seen.alice),
  one('NTLM, alice with her domain', ports.ntlm, of('alice', 'LAB'), seen.alice),
  one('NTLM, alice with the long name of her domain', ports.ntlm, of('alice', 'lab.test'), seen.alice),
  one('NTLM, bob without a domain', ports.ntlm, of('bob', ''), seen.bob),
  one('NTLM, bob with his domain', ports.ntlm, of('bob', 'LAB'), seen.bob),
  one('NTLM, carol without a domain', ports.ntlm, of('carol', ''), seen.carol),
  one('NTLM, carol with her domain', ports.ntlm, of('carol', 'LAB'), seen.carol),
  one('NTLM, jürgen without a domain', ports.ntlm, of('jürgen', ''), seen.jürgen),
  one('NTLM, jürgen with his domain', ports.ntlm, of('jürgen', 'LAB'), seen.jürgen),
  one('NTLM where Negotiate and Basic are offered too', ports.all, of('alice', 'LAB'), seen.alice),
  one('NTLM at a proxy that closes after a 407', ports.closingNtlm, of('bob', 'LAB'), seen.bob),
  [
    'none, then Basic, then NTLM',
    [at(ports.open), at(ports.basic, of('carol')), at(ports.ntlm, of('jürgen', 'LAB'))],
    ports.ntlm,
    seen.jürgen,
  ],
  ['NTLM, then NTLM as somebody else', ntlmCascade, ports.closingNtlm, seen.bob],
  [
    'a cascade of six',
    [
      at(ports.open),
      at(ports.basic, of('alice')),
      at(ports.ntlm, of('bob', 'LAB')),
      at(ports.closingNtlm, of('jürgen', '')),
      at(ports.closingBasic, of('carol')),
      at(ports.all, of('alice', 'LAB')),
    ],
    ports.all,
    seen.alice,
  ],
  ['NTLM, then NTLM as somebody else, to a gateway with TLS', ntlmCascade, ports.closingNtlm, seen.bob],
]
const names = roads.map((_, i) => `road${i}`)
const password = 'tunnel=pass;word#1'
const bodyBytes = 8 * 2 ** 20

describe.skipIf(!isLabUp)(`behind real proxies, as a user writes it, ${howToGetIt}`, () => {
  const folder = makeFolder({ 'balance.bin': names.map(name => `/~~${name}=${password}#:*;\n`).join('') })
  /** Each entry has a port of the gateway to itself, so that a proxy's log tells whose connection it was. */
  let gatewayPorts: readonly string[] = []
  let agent: Program
  const urlOf = (i: number) => `http://127.0.0.1:${gatewayPorts[0]}/~~${names[i]}/`

  beforeAll(async () => {
    const plain = roads.slice(1).flatMap(() => ['--listen', '127.0.0.1:0'])
    const gateway = startProgram(['gateway', ...plain, '--listen-tls', '127.0.0.1:0'], { cwd: folder })
    const site = await startSiteProgram('home')
    const listeners = await Promise.all(
      roads.map((_, i) => gateway.line(/^gateway ready \S+:(\d+)$/, 20_000, i)),
    )
    const [, tlsPort] = await gateway.line(/^gateway ready https:\S+:(\d+)$/)
    gatewayPorts = [...listeners.map(([, port = '']) => port).filter(port => port !== tlsPort), tlsPort ?? '']
    const lines = roads.map(
      ([, hops], i) =>
        `/~~${names[i]}=${password}#127.0.0.1:${gatewayPorts[i]} -> ${hops.join(' -> ')} => ${site.url};\r\n`,
    )
    writeFileSync(join(folder, 'backbalance.bin'), lines.join(''), { mode: 0o600 })
    const env = { NODE_EXTRA_CA_CERTS: join(labFolder, 'tls', 'proxy.crt') }
    agent = startProgram(['agent'], { cwd: folder, env })
    await Promise.all(names.map(name => agent.line(new RegExp(`^agent ready /~~${name} http`))))
  }, 60_000)
  afterAll(async () => {
    await stopAll()
    removeFolder(folder)
  })

  it.each(roads.map(([what], i) => [what, i] as const))(
    'a visitor’s page arrives through %s',
    async (_, i) => {
      const response = await fetch(urlOf(i), { signal: AbortSignal.timeout(10_000) })
      expect([response.status, await response.text()]).toEqual([200, 'hello from home'])
    },
  )

  it('bodies of 8 MiB go whole both ways through a cascade of six, and a WebSocket echoes', async () => {
    const url = urlOf(roads.findIndex(([what]) => what === 'a cascade of six'))
    const down = await (await fetch(`${url}bytes/${bodyBytes}`)).arrayBuffer()
    expect(createHash('sha256').update(new Uint8Array(down)).digest('hex')).toBe(hashOfBytes(bodyBytes))
    const up = await fetch(`${url}hash`, { method: 'POST', body: Buffer.concat([...bytes(bodyBytes)]) })
    expect(await up.text()).toBe(hashOfBytes(bodyBytes))
    const socket = new WebSocket(`${url.replace('http', 'ws')}echo`)
    await once(socket, 'open')
    socket.send('grüße')
    expect(String((await once(socket, 'message'))[0])).toBe('grüße')
    socket.close()
  })

  it('each proxy saw its user open the control connection and the back-connections', async () => {
    agent.signal('SIGTERM')
    expect(await agent.ended).toBe(0)
    for (const [i, [what, , port, user]] of roads.entries()) {
      // Squid logs a tunnel when it ends. One is the control connection, two are spares or carried the page.
      const line = new RegExp(` TCP_TUNNEL/200 \\d+ CONNECT 127\\.0\\.0\\.1:${gatewayPorts[i]} (\\S+) `)
      const users = await untilAccesses(port, line, 3)
      expect([what, ...new Set(users)]).toEqual([what, user])
    }
  })
})
