/** Challenges as the listeners answer them, and what an authority that refuses is spared; Pebble itself is in tests/acme. */
import { once } from 'node:events'
import { createServer as createPlain, type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:https'
import { createServer as createTcp } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { PendingChallenges } from '../../../gateway/acme/pending-challenges.ts'
import { gatewayLimits } from '../../../gateway/limits.ts'
import { certificateDigest, makeSelfSigned } from '../../../gateway/listen/self-signed.ts'
import { ServedCertificate } from '../../../gateway/listen/served-certificate.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { listening } from '../../support/listening.ts'
import { runGateway } from '../../support/running-gateway.ts'

const world = { clock: systemClock, random: systemRandom }
const limits = gatewayLimits()
const [ours, challenge] = [
  await makeSelfSigned(['gw.example'], 10, world),
  await makeSelfSigned(['gw.example'], 10, world),
]

describe('an HTTP-01 challenge', () => {
  /** Who is not the authority gets `visitor`. */
  async function startPlain() {
    const challenges = new PendingChallenges({ ...world, limits })
    const server = createPlain((asked, response) => {
      if (!challenges.answer(asked, response)) response.end('visitor')
    })
    const port = await listening(server)
    const ask = async (path: string, { host = 'gw.example', method = 'GET' } = {}) => {
      const sent = request({ port, host: '127.0.0.1', path, method, headers: { Host: host }, agent: false })
      sent.end()
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      let text = ''
      for await (const piece of answer) text += String(piece)
      return text
    }
    return { challenges, ask }
  }
  const path = '/.well-known/acme-challenge/token_1-A'

  test('is answered while it is pending, to the letter', async () => {
    const { challenges, ask } = await startPlain()
    expect(await ask(path)).toBe('visitor')
    const remove = challenges.addHttp('gw.example', 'token_1-A', 'token_1-A.thumb')
    expect(await ask(path)).toBe('token_1-A.thumb')
    expect(await ask(path, { host: 'GW.example:80' })).toBe('token_1-A.thumb')
    expect(await ask(path, { method: 'HEAD' })).toBe('')
    remove()
    expect(await ask(path)).toBe('visitor')
  })

  test.each([
    ['another token', '/.well-known/acme-challenge/token_2', {}],
    ['the token and more', `${path}/x`, {}],
    ['the token and a query', `${path}?x`, {}],
    ['a path that climbs', '/.well-known/acme-challenge/../token_1-A', {}],
    ['no token', '/.well-known/acme-challenge/', {}],
    ['another name', path, { host: 'other.example' }],
    ['another method', path, { method: 'POST' }],
  ])('is not answered for %s', async (_, asked, how) => {
    const { challenges, ask } = await startPlain()
    challenges.addHttp('gw.example', 'token_1-A', 'token_1-A.thumb')
    expect(await ask(asked, how)).toBe('visitor')
  })
})

describe('a TLS-ALPN-01 challenge', () => {
  async function startTls() {
    const challenges = new PendingChallenges({ ...world, limits })
    const served = new ServedCertificate(ours, { ...world, limits, willShow: () => Promise.resolve() })
    const server = createTcp({ allowHalfOpen: true }, socket => {
      socket.on('error', () => {})
      challenges
        .take(socket)
        .then(async isTaken => {
          if (!isTaken) (await served.secure(socket)).stream.end('visitor')
        })
        .catch(() => {})
    })
    const port = await listening(server)
    const enter = async (options: ConnectionOptions) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
      onTestFinished(() => void socket.destroy())
      await once(socket, 'secureConnect')
      const shown = certificateDigest(socket.getPeerCertificate().raw)
      let text = ''
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString()
      })
      await once(socket, 'end')
      return { shown, text, protocol: socket.alpnProtocol }
    }
    return { challenges, enter }
  }
  const authority = { servername: 'gw.example', ALPNProtocols: ['acme-tls/1'] }
  const usual = certificateDigest(ours.cert)

  test('is shown to who asks for it, while it is pending, and visitors meanwhile see what they always do', async () => {
    const { challenges, enter } = await startTls()
    await expect(enter(authority)).rejects.toThrow(/no application protocol/i)
    const remove = challenges.addTls('gw.example', challenge)
    const seen = { shown: certificateDigest(challenge.cert), text: '', protocol: 'acme-tls/1' }
    expect(await enter(authority)).toEqual(seen)
    expect(await enter({ ...authority, servername: 'GW.Example' })).toEqual(seen)
    for (const ALPNProtocols of [['http/1.1'], ['h2', 'http/1.1']]) {
      const visitor = await enter({ servername: 'gw.example', ALPNProtocols })
      expect(visitor).toMatchObject({ shown: usual, text: 'visitor' })
    }
    expect(await enter({})).toMatchObject({ shown: usual, text: 'visitor' })
    remove()
    await expect(enter(authority)).rejects.toThrow(/no application protocol/i)
  })

  test.each([
    ['another name', { ...authority, servername: 'other.example' }],
    ['no name', { ALPNProtocols: ['acme-tls/1'] }],
  ])('is not shown for %s', async (_, options) => {
    const { challenges, enter } = await startTls()
    challenges.addTls('gw.example', challenge)
    await expect(enter(options)).rejects.toThrow(/no application protocol/i)
  })

  test('is not shown to who would speak something else too', async () => {
    const { challenges, enter } = await startTls()
    challenges.addTls('gw.example', challenge)
    const both = { ...authority, ALPNProtocols: ['acme-tls/1', 'http/1.1'] }
    expect(await enter(both)).toMatchObject({ shown: usual, protocol: 'http/1.1' })
  })
})

test('an authority that limits us is asked once, and left alone as long as it says, also after a reload and a new start', async () => {
  const own = await makeSelfSigned(['127.0.0.1'], 10, world)
  const asked: string[] = []
  const authority = createServer({ cert: own.cert, key: own.key }, (asking, response) => {
    asked.push(`${asking.method} ${asking.url}`)
    const at = `https://127.0.0.1:${port}`
    if (asking.url === '/dir') {
      response.setHeader('Content-Type', 'application/json')
      response.end(`{"newNonce":"${at}/nonce","newAccount":"${at}/account","newOrder":"${at}/order"}`)
      return
    }
    response.setHeader('Replay-Nonce', 'nonce')
    if (asking.method === 'HEAD') {
      response.end()
      return
    }
    response.writeHead(429, { 'Retry-After': '86400', 'Content-Type': 'application/problem+json' })
    response.end('{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many new accounts"}')
  })
  const port: number = await listening(authority)
  const options = {
    listen: [{ host: '127.0.0.1', port: 0, tls: true }],
    acme: {
      names: ['gw.example'],
      agreesToTerms: true,
      directoryUrl: `https://127.0.0.1:${port}/dir`,
      directoryCa: own.cert,
    },
    limits: { acmeRetryMs: 20, acmeRetryMaxMs: 20, acmeLookMs: 10 },
  }
  const { gateway, lines, folder } = await runGateway(options)
  await vi.waitFor(() => expect(lines.join()).toContain('acme-rate-limited'), { timeout: 30_000 })
  expect(lines.join()).toContain('too many new accounts')
  const askedOnce = ['GET /dir', 'HEAD /nonce', 'POST /account']
  expect(asked).toEqual(askedOnce)
  await gateway.reload()
  await gateway.destroy()
  const again = await runGateway({ ...options, stateFolder: `${folder}/.tildegate` })
  await again.gateway.reload()
  // A turn of its own for whatever should not happen.
  const visitor = connect({ port: again.port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(visitor, 'secureConnect')
  visitor.destroy()
  expect(asked).toEqual(askedOnce)
})
