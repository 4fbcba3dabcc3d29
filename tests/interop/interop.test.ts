/** The built programs against a second implementation of docs/protocol.md that shares no code with them. */
import { scryptSync } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { startGateway, startProgram, stopAll } from '../support/programs.ts'
import { selfSigned } from '../support/self-signed.ts'
import { startSite } from '../support/site.ts'
import { openBack, prove, register, upgrade } from './foreign-agent.ts'
import { startForeignGateway } from './foreign-gateway.ts'
import { frameType, Reader, resumeProof } from './wire.ts'

const password = 'pä=ss;w:ö#rd ß'

async function gatewayWith(balance: string) {
  const file = join(temporaryFolder({ 'balance.bin': balance }), 'balance.bin')
  const { url } = await startGateway(['--listen', '127.0.0.1:0', '--balance', file])
  return { url, port: Number(new URL(url).port) }
}

afterEach(stopAll)

describe('our gateway and a foreign agent', () => {
  it('agree on the handshake, the alive packet and a visitor’s request through inner TLS', async () => {
    const { url, port } = await gatewayWith(`/~~x=${password}#:*;\n`)
    const { frames, type, answer } = await register(port, 'x', password, {
      target: { scheme: 'http', host: 'inside.example', base: '/base/' },
    })
    expect(type).toBe(frameType.welcome)
    expect(answer).toMatchObject({ aliveMs: 20_000, deadMs: 60_000, outer: 'plain', url: `${url}/~~x/` })
    expect(answer.session).toMatch(/^[0-9a-f]{32}$/)
    expect(answer.resumeSecret).toMatch(/^[0-9a-f]{64}$/)
    expect(answer.innerTls.certSha256).toMatch(/^[0-9a-f]{64}$/)

    const id = Buffer.from('00000000000000ff', 'hex')
    frames.send(frameType.ping, id)
    frames.send(0x9c, Buffer.from('an extension that it does not know'))
    const visit = fetch(`${url}/~~x/page?q=1`)
    let hasPong = false
    for (let served = false; !(served && hasPong); ) {
      const frame = await frames.receive()
      if (frame.type === frameType.pong) {
        expect(frame.payload).toEqual(id)
        hasPong = true
      } else if (frame.type === frameType.open) {
        const { stream } = await openBack(port, frame.payload, answer)
        const reader = new Reader(stream)
        void reader.head().then(
          head => {
            expect(head).toMatch(/^GET \/base\/page\?q=1 HTTP\/1\.1\r\n/)
            expect(head).toMatch(/^host: inside\.example\r$/im)
            expect(head).toMatch(/^x-forwarded-prefix: \/~~x\r$/im)
            stream.write('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nforeign')
          },
          () => {},
        )
        served = true
      }
    }
    expect(await (await visit).text()).toBe('foreign')
  })

  it('agree on a password for visitors: its verifier is in force, and nobody is let in without', async () => {
    const { url, port } = await gatewayWith(`/~~x=${password}#:*;\n`)
    const salt = '000102030405060708090a0b0c0d0e0f'
    const cost = { N: 32_768, r: 8, p: 1, maxmem: 2 ** 27 }
    const hash = scryptSync('open sesame', Buffer.from(salt, 'hex'), 32, cost).toString('hex')
    const { answer } = await register(port, 'x', password, {
      visitors: { scrypt: { n: 32_768, r: 8, p: 1, salt, hash } },
    })
    expect(answer.visitors).toBe(true)
    expect((await fetch(`${url}/~~x/`)).status).toBe(401)
    const login = await fetch(`${url}/~~x/.tildegate/login`, {
      method: 'POST',
      body: new URLSearchParams({ password: 'open sesame' }),
      headers: { origin: url, 'sec-fetch-site': 'same-origin' },
      redirect: 'manual',
    })
    expect(login.status).toBe(303)
  })

  it('an SSL entry and every connection that is not proven ask for inner TLS; a stolen header is of no use', async () => {
    const { port } = await gatewayWith(`SSL /~~x=${password}#:*;\n`)
    const { frames, answer } = await register(port, 'x', password)
    const { payload } = await frames.receive()
    await openBack(port, payload, answer)
    await expect(openBack(port, payload, answer)).rejects.toThrow('ticket: 403')
  })

  it('a wrong password and an unknown name look the same: closed after M5, without a word', async () => {
    const { port } = await gatewayWith(`/~~x=${password}#:*;\n`)
    await expect(prove(port, 'x', 'wrong')).rejects.toThrow('the stream ended')
    await expect(prove(port, 'unknown', password)).rejects.toThrow('the stream ended')
  })

  it('a second agent is refused as busy, a resume takes over, a probe disturbs nobody', async () => {
    const { port } = await gatewayWith(`/~~x=${password}#:*;\n`)
    const first = await register(port, 'x', password)
    const second = await register(port, 'x', password)
    expect(second.type).toBe(frameType.refused)
    expect(second.answer.code).toBe('busy')
    const probe = await register(port, 'x', password, { probe: true })
    expect(probe.type).toBe(frameType.welcome)
    expect(probe.answer.inUse).toBe(true)
    expect(await probe.frames.receive()).toEqual({ type: frameType.close, payload: Buffer.of(0) })
    await once(probe.socket, 'end')

    const { socket, keys, frames } = await prove(port, 'x', password)
    const proof = resumeProof(Buffer.from(first.answer.resumeSecret, 'hex'), keys.exporter).toString('hex')
    const hello = {
      agent: 'a',
      os: 'o',
      outer: { tls: false },
      resume: { session: first.answer.session, proof },
    }
    frames.send(frameType.hello, Buffer.from(JSON.stringify(hello)))
    expect((await frames.receive()).type).toBe(frameType.welcome)
    for (;;) {
      const frame = await first.frames.receive()
      if (frame.type !== frameType.close) continue
      expect(frame.payload[0]).toBe(3)
      break
    }
    socket.destroy()
  })

  it('a probe that the address rule refuses is ended by CLOSE 0 as well', async () => {
    const { port } = await gatewayWith(`/~~x=${password}#:*192.0.2.1;\n`)
    const probe = await register(port, 'x', password, { probe: true })
    expect([probe.type, probe.answer.code]).toEqual([frameType.refused, 'address'])
    expect(await probe.frames.receive()).toEqual({ type: frameType.close, payload: Buffer.of(0) })
    const agent = await register(port, 'x', password)
    expect([agent.type, agent.answer.code]).toEqual([frameType.refused, 'address'])
    await expect(agent.frames.receive()).rejects.toThrow('the stream ended')
  })

  it.each([
    ['another version of the upgrade', '/.tildegate/control', ['Upgrade: tildegate/2'], [426, 400]],
    ['an Origin header', '/.tildegate/control', ['Origin: https://evil.example'], [403]],
    ['no ticket', '/.tildegate/data', [], [403, 400]],
    ['a ticket of the wrong form', '/.tildegate/data', ['Tildegate-Ticket: AAAA'], [403, 400]],
  ])('%s is refused with a plain HTTP error', async (_, path, headers, statuses) => {
    const { port } = await gatewayWith(`/~~x=${password}#:*;\n`)
    const { status } = await upgrade(port, path, headers)
    expect(statuses).toContain(status)
  })
})

describe('our agent and a foreign gateway', () => {
  it('agree on the handshake, the first frames and a request to the target', async () => {
    const site = await startSite('our target')
    const gateway = await startForeignGateway(password, await selfSigned())
    const agent = startProgram([
      'agent',
      '--line',
      `/~~x=${password}#http://127.0.0.1:${gateway.port} => ${site.url}/base;`,
    ])
    const { head, name, m1, type, hello, frames, session } = await gateway.welcomeAgent()
    expect(head).toMatch(/^GET \/\.tildegate\/control HTTP\/1\.1\r\n/)
    expect(head).toMatch(new RegExp(`^Host: 127\\.0\\.0\\.1:${gateway.port}\r?$`, 'm'))
    expect(m1.subarray(0, 6).toString('latin1')).toBe('TLDG\x01\x01')
    expect(name).toBe('x')
    expect(type).toBe(frameType.hello)
    expect(hello).toMatchObject({
      outer: { tls: false },
      target: { scheme: 'http', host: `127.0.0.1:${site.port}`, base: '/base/' },
    })
    await agent.line(/^agent ready \/~~x http:\/\/foreign\.example\/~~x\/$/)

    const back = await gateway.openBack(frames, session)
    expect(back).toMatchObject({ isTicketRight: true, isProofRight: true })
    for (const path of ['/one', '/two']) {
      back.stream.write(`GET ${path} HTTP/1.1\r\nHost: t\r\n\r\n`)
      expect(await back.reader.head()).toMatch(/^HTTP\/1\.1 200 /)
      expect((await back.reader.take(21)).toString()).toContain('hello')
      void back.reader.buffered
    }
    frames.send(frameType.close, Buffer.from([2, ...Buffer.from('dropped')]))
    await once(back.stream, 'close')
    site.server.close()
    gateway.close()
  })

  it('agree on alive packets, extensions and the end of a body without a length', async () => {
    const site = await startSite('our target')
    const gateway = await startForeignGateway(password, await selfSigned())
    const entry = `/~~x=${password}#http://127.0.0.1:${gateway.port} => ${site.url};`
    const agent = startProgram(['agent', '--line', entry])
    const { frames, session } = await gateway.welcomeAgent({ aliveMs: 200, deadMs: 5_000 })
    await agent.line(/^agent ready /)
    for (const type of [0x80, 0x9c, 0xff]) frames.send(type, Buffer.from('a later protocol'))
    const ids = new Set<string>()
    while (ids.size < 3) {
      const { type, payload } = await frames.receive()
      expect([type, payload.length]).toEqual([frameType.ping, 8])
      ids.add(payload.toString('hex'))
      frames.send(frameType.pong, payload)
    }
    const { stream, reader } = await gateway.openBack(frames, session)
    stream.write('GET / HTTP/1.0\r\nHost: t\r\n\r\n')
    expect((await reader.rest()).toString()).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello from our target$/)
    expect(agent.stdout).toHaveLength(1)
    site.server.close()
    gateway.close()
  })

  it('part where visitors are to be asked and the gateway does not say that it does: nothing is shared', async () => {
    const gateway = await startForeignGateway(password, await selfSigned())
    const entry = `/~~x=${password}#http://127.0.0.1:${gateway.port} => visitors=env:VISITORS;`
    const agent = startProgram(['agent', '--once', '--line', entry], {
      env: { ...process.env, VISITORS: 'SECRETvisitors' },
    })
    const { hello, frames } = await gateway.welcomeAgent()
    expect(hello['visitors']).toMatchObject({ scrypt: { n: 32_768, r: 8, p: 3 } })
    expect(JSON.stringify(hello)).not.toContain('SECRET')
    frames.send(frameType.open, Buffer.concat([Buffer.alloc(48, 1), Buffer.of(0, 1)]))
    expect(await agent.ended).toBe(1)
    expect(agent.stderr.join('\n')).toContain('visitors-not-asked')
    expect(agent.stdout).toEqual([])
    gateway.close()
  })

  it('part where the gateway does not know the password: it needs the user', async () => {
    const gateway = await startForeignGateway('another', await selfSigned())
    const agent = startProgram([
      'agent',
      '--once',
      '--line',
      `/~~x=${password}#http://127.0.0.1:${gateway.port};`,
    ])
    await expect(gateway.welcomeAgent()).rejects.toThrow('did not prove itself')
    expect(await agent.ended).toBe(1)
    expect(agent.stderr.join('\n')).toContain('password-refused')
    gateway.close()
  })
})
