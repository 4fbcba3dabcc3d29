/** Cascades over real sockets: who sees which login, deadlines, TLS within TLS, and what is closed at once. */
import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hopResolver } from '../../../agent/index.ts'
import { createDialer } from '../../../net/dial/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { established, letThrough, startProxyTwin } from '../../support/proxy-twin.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import vectors from '../../vectors/ntlm.json' with { type: 'json' }
import { dialThrough, exchangeWord, routeOf, speak } from './speaking.ts'

const challenge = Buffer.from(vectors.type2, 'hex').toString('base64')
const settled = () => new Promise(resolve => setImmediate(resolve))

describe('a cascade', () => {
  it('of six shows each proxy its own login and nobody else’s', async () => {
    const twins = await Promise.all(Array.from({ length: 6 }, () => startProxyTwin(letThrough)))
    const hops = twins.map(({ at }, i) => (i === 2 ? at : i === 4 ? `LAB\\u4:p4@${at}` : `u${i}:p${i}@${at}`))
    expect(await speak(hops)).toBe('early word')
    twins.forEach((twin, i) => {
      const logins = twin
        .heads()
        .flatMap(head => [...head.matchAll(/^Proxy-Authorization: (.*)$/gm)].map(match => match[1] ?? ''))
      if (i === 2) expect(logins).toEqual([])
      else if (i === 4) expect(logins).toEqual([expect.stringMatching(/^NTLM TlRMTVNTUAAB/)])
      else expect(logins).toEqual([`Basic ${Buffer.from(`u${i}:p${i}`).toString('base64')}`])
      const [head = ''] = twin.heads()
      const next = twins[i + 1]?.at
      if (next !== undefined) expect(head).toContain(`CONNECT ${next} HTTP/1.1\r\nHost: ${next}\r\n`)
      expect(head).toContain('Proxy-Connection: keep-alive')
    })
  })

  it('begins at its first proxy where a later one closes within the login', async () => {
    const first = await startProxyTwin(letThrough)
    const second = await startProxyTwin(async peer => {
      await peer.head()
      if (peer.number === 1) {
        peer.say('HTTP/1.1 407 P\r\nProxy-Authenticate: NTLM\r\nConnection: close\r\n\r\n')
        peer.socket.end()
        return
      }
      peer.say(`HTTP/1.1 407 P\r\nProxy-Authenticate: NTLM ${challenge}\r\nContent-Length: 0\r\n\r\n`)
      await peer.head()
      peer.say(established)
      await peer.tunnel()
    })
    expect(await speak([first.at, `\\u:p@${second.at}`])).toBe('early word')
    expect([first.peers.length, second.peers.length]).toEqual([2, 2])
  })

  it('names the proxy at which it stops', async () => {
    const first = await startProxyTwin(letThrough)
    const second = await startProxyTwin(async peer => {
      await peer.head()
      peer.say('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    await expect(speak([first.at, second.at], { gateway: 'https://gw.example:443' })).rejects.toMatchObject({
      code: 'proxy-forbidden',
      details: { hop: second.at, hopIndex: 2, destination: 'gw.example:443' },
    })
    await first.peers[0]?.gone()
  })

  it('that is slow at each proxy is given 45 s in all, and the one is named at which it stopped', async () => {
    const clock = new VirtualClock()
    const answers: (() => void)[] = []
    const slow = async () =>
      startProxyTwin(async peer => {
        await peer.head()
        await new Promise<void>(resolve => answers.push(resolve))
        const destination = await peer.dialDestination()
        peer.say(established)
        peer.socket.pipe(destination).pipe(peer.socket)
      })
    const twins = await Promise.all([slow(), slow(), slow(), slow(), slow()])
    const outcome = dialThrough(
      'http://127.0.0.1:9',
      twins.map(({ at }) => at),
      { clock },
    ).catch((cause: unknown) => cause)
    for (let hop = 0; hop < 4; hop++) {
      while (answers.length <= hop) await settled()
      if (hop === 3) break
      await clock.pass(14_000)
      answers[hop]?.()
    }
    await clock.pass(3_001)
    expect(await outcome).toMatchObject({
      code: 'proxy-chain-timeout',
      details: { hop: twins[3]?.at, hopIndex: 4, seconds: 45 },
    })
  })

  it('is closed at once when it is given up in the middle of a login', async () => {
    const twin = await startProxyTwin(async peer => {
      await peer.head()
      peer.say(`HTTP/1.1 407 P\r\nProxy-Authenticate: NTLM ${challenge}\r\nContent-Length: 0\r\n\r\n`)
      await peer.head()
    })
    const controller = new AbortController()
    const outcome = dialThrough('http://127.0.0.1:9', [`\\u:p@${twin.at}`], {}, controller.signal).catch(
      (cause: unknown) => cause,
    )
    const peer = await twin.next()
    while (peer.heads.length < 2) await settled()
    controller.abort(new Error('enough'))
    expect(await outcome).toMatchObject({ message: 'enough' })
    await peer.gone()
  })

  it('lets a hundred dials with a wrong password be refused twice, and no more', async () => {
    const twin = await startProxyTwin(async peer => {
      await peer.head()
      peer.say(`HTTP/1.1 407 P\r\nProxy-Authenticate: NTLM ${challenge}\r\nContent-Length: 0\r\n\r\n`)
      await peer.head()
      peer.say('HTTP/1.1 407 P\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n')
    })
    const resolveHops = hopResolver({ environment: {} })
    const dialer = createDialer({ clock: systemClock, random: systemRandom, resolveHops })
    const route = routeOf('http://127.0.0.1:9', [`\\u:wrong@${twin.at}`])
    const { signal } = new AbortController()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => dialer.dial(route, { signal })),
    )
    const codes = outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason.code)
    expect(codes.filter(code => code === 'proxy-auth-refused')).toHaveLength(2)
    expect(codes.filter(code => code === 'proxy-auth-given-up')).toHaveLength(98)
    const proofs = twin.heads().filter(head => head.includes('NTLM TlRMTVNTUAAD'))
    expect(proofs).toHaveLength(2)
  })
})

describe('proxies that are reached by TLS', () => {
  it('lead to a gateway with TLS: TLS in TLS in TLS', async () => {
    const [own, gateway] = [await selfSigned(), await selfSigned()]
    const first = await startProxyTwin(letThrough, own)
    const second = await startProxyTwin(letThrough, own)
    const server = createTlsServer(gateway, socket => {
      socket.on('error', () => {})
      socket.write('early ')
      socket.pipe(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const line = await dialThrough(
      `https://127.0.0.1:${port}`,
      [`https://${first.at}`, `https://u:p@${second.at}`],
      { proxyCa: own.cert },
    )
    onTestFinished(() => line.reset())
    expect(line.outer.tls).toBe(true)
    expect(await exchangeWord(line.socket)).toBe('early word')
  })

  it('must show a certificate that this computer trusts', async () => {
    const twin = await startProxyTwin(letThrough, await selfSigned())
    await expect(speak([`https://u:p@${twin.at}`])).rejects.toMatchObject({
      code: 'proxy-tls-untrusted',
      details: { hopIndex: 1, hop: twin.at },
    })
    expect(twin.heads()).toEqual([])
  })

  it('and speak none are not taken for a gateway without TLS', async () => {
    const twin = await startProxyTwin(async peer => {
      peer.say('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    await expect(speak([`https://${twin.at}`], { gateway: '127.0.0.1:9' })).rejects.toMatchObject({
      code: 'proxy-not-http',
      details: { hopIndex: 1 },
    })
    expect(twin.peers).toHaveLength(1)
  })
})
