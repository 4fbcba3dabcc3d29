/** The admin's certificate changes under a gateway that works: who is connected does not notice, who comes sees the new one. */
import { once } from 'node:events'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { get } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { GatewayOptions } from '../../../gateway/gateway.ts'
import {
  type CertificatePair,
  certificateDigest,
  makeSelfSigned,
} from '../../../gateway/listen/self-signed.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { temporaryFolder } from '../../support/files.ts'
import { listening } from '../../support/listening.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { startTunnel } from '../agent/scene.ts'

const world = { clock: systemClock, random: systemRandom }
const [first, second] = [
  await makeSelfSigned(['localhost'], 10, world),
  await makeSelfSigned(['localhost'], 10, world),
]
const patience = { timeout: 30_000, interval: 20 }
const tls = [{ host: '127.0.0.1', port: 0, tls: true }]

/** A gateway that shows `first`, from files. */
async function gatewayWithFiles(options: Partial<GatewayOptions> = {}) {
  const folder = temporaryFolder({ 'chain.pem': first.cert, 'key.pem': first.key })
  const certificate = { certFile: join(folder, 'chain.pem'), keyFile: join(folder, 'key.pem') }
  const running = await runGateway({ listen: tls, certificate, ...options })
  const logged = (text: string) => running.lines.filter(line => line.includes(text)).length
  return { ...running, ...certificate, logged, shown: () => shownAt(running.port) }
}

/** The digest of what a new connection is shown. */
async function shownAt(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return certificateDigest(raw)
}

const willShow = (shown: () => Promise<string>, pair: CertificatePair) =>
  vi.waitFor(async () => expect(await shown()).toBe(certificateDigest(pair.cert)), patience)

describe('a certificate that changes', () => {
  test('cuts no download, no WebSocket and no agent, and new visitors see it', {
    timeout: 60_000,
  }, async () => {
    const scene = await gatewayWithFiles()
    const target = await targetOfOpenEnds()
    const { states, until } = startTunnel({
      port: scene.port,
      name: 'srv',
      scheme: 'https',
      target: `http://127.0.0.1:${target.port}/`,
    })
    await until('established')
    expect(scene.gateway.tunnels).toMatchObject([{ outer: 'proven' }])

    const download = await visit(scene.port, '/~~srv/open-end')
    const body = wholeBody(download)
    await once(download, 'readable')
    const socket = new WebSocket(`wss://127.0.0.1:${scene.port}/~~srv/echo`, { rejectUnauthorized: false })
    onTestFinished(() => socket.terminate())
    await once(socket, 'open')
    expect(await echo(socket, 'before')).toBe('before')

    // As a renewal that writes one after the other: in between they do not belong together.
    writeFileSync(scene.keyFile, second.key)
    await vi.waitFor(
      () => expect(scene.logged('belongs to another certificate')).toBeGreaterThan(0),
      patience,
    )
    expect(await scene.shown()).toBe(certificateDigest(first.cert))
    writeFileSync(scene.certFile, second.cert)
    await willShow(scene.shown, second)
    expect(scene.logged('a new certificate is in use')).toBe(1)

    // More than the spares that were there before.
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const answer = await visit(scene.port, '/~~srv/short')
        return [answer.statusCode, await wholeBody(answer)]
      }),
    )
    expect(answers).toEqual(answers.map(() => [200, 'short']))

    expect(await echo(socket, 'after')).toBe('after')
    target.finish()
    expect(await body).toBe('begun and ended')
    expect(states.all.at(-1)?.state).toBe('established')
    expect(states.all.filter(({ state }) => state === 'established')).toHaveLength(1)
    expect(scene.logged('a tunnel is disconnected')).toBe(0)
  })

  test('sends agents that were proven by the one before through TLS of their own', async () => {
    const scene = await gatewayWithFiles()
    const agent = await scene.agent()
    expect((await agent.frame('open')).innerTls).toBe(false)
    const opened = agent.frames.filter(frame => frame.type === 'open').length
    writeFileSync(scene.certFile, second.cert)
    writeFileSync(scene.keyFile, second.key)
    await willShow(scene.shown, second)
    const answers = await Promise.all(
      Array.from({ length: opened + 1 }, async () => (await visit(scene.port, '/~~srv/x')).statusCode),
    )
    expect(new Set(answers)).toEqual(new Set([200]))
    expect((await agent.frame('open', opened)).innerTls).toBe(true)
    const newcomer = await scene.agent({ resume: agent })
    expect(newcomer.welcome.outer).toBe('proven')
    expect((await newcomer.frame('open')).innerTls).toBe(false)
  })

  test('is shown only when no agent is on its way with a ticket that the one before protects', async () => {
    const held: (() => void)[] = []
    const scene = await gatewayWithFiles({ limits: { ticketMs: 20_000 } })
    await scene.agent({
      onOpen: (frame, twin) => {
        held.push(() => void twin.openBack(frame).catch(() => {}))
      },
    })
    await vi.waitFor(() => expect(held.length).toBeGreaterThan(0), patience)
    writeFileSync(scene.certFile, second.cert)
    writeFileSync(scene.keyFile, second.key)
    const reloaded = scene.gateway.reload()
    // A turn of the reload is over long before: several whole handshakes.
    for (let times = 0; times < 5; times++) expect(await scene.shown()).toBe(certificateDigest(first.cert))
    for (const present of held) present()
    await reloaded
    expect(await scene.shown()).toBe(certificateDigest(second.cert))
  })

  test('behind links that are turned elsewhere, as certbot does, is taken up', async () => {
    const folder = temporaryFolder()
    for (const name of ['live', 'archive']) mkdirSync(join(folder, name))
    const put = (generation: number, pair: CertificatePair) => {
      for (const [name, text] of [['chain', pair.cert] as const, ['key', pair.key] as const]) {
        writeFileSync(join(folder, 'archive', `${name}${generation}.pem`), text)
        const link = join(folder, 'live', `${name}.pem`)
        symlinkSync(join('..', 'archive', `${name}${generation}.pem`), `${link}.new`)
        renameSync(`${link}.new`, link)
      }
    }
    put(1, first)
    const files = { certFile: join(folder, 'live', 'chain.pem'), keyFile: join(folder, 'live', 'key.pem') }
    const { port } = await runGateway({ listen: tls, certificate: files })
    put(2, second)
    await willShow(() => shownAt(port), second)
  })

  test('is taken up at once when asked to, and one that cannot be used changes nothing', async () => {
    const scene = await gatewayWithFiles()
    writeFileSync(scene.certFile, second.cert)
    writeFileSync(scene.keyFile, second.key)
    await scene.gateway.reload()
    expect(await scene.shown()).toBe(certificateDigest(second.cert))
    writeFileSync(scene.certFile, 'no certificate')
    await scene.gateway.reload()
    expect(await scene.shown()).toBe(certificateDigest(second.cert))
    expect(scene.logged('it holds no PEM certificate')).toBeGreaterThan(0)
  })
})

/** `/open-end` is answered until `finish`, `/echo` is a WebSocket, all else is short. */
async function targetOfOpenEnds() {
  const open: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (request.url !== '/open-end') {
      response.end('short')
      return
    }
    response.write('begun ')
    open.push(response)
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', socket => {
    socket.on('message', text => socket.send(text.toString()))
  })
  return {
    port: await listening(server),
    finish: () => {
      for (const response of open) response.end('and ended')
    },
  }
}

async function visit(port: number, path: string): Promise<IncomingMessage> {
  const asking = get({ port, host: '127.0.0.1', path, rejectUnauthorized: false, agent: false })
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  return answer
}

async function wholeBody(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  answer.on('data', (piece: Buffer) => pieces.push(piece))
  await once(answer, 'end')
  return Buffer.concat(pieces).toString()
}

async function echo(socket: WebSocket, text: string): Promise<string> {
  socket.send(text)
  const [answer] = (await once(socket, 'message')) as [Buffer]
  return answer.toString()
}
