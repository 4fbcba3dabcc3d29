/** SOCKS5 through a real server, and through one that the test plays byte by byte. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { freePort, isInstalled, startListening } from '../../support/other-programs.ts'
import { letThrough, type ProxyPeer, startProxyTwin } from '../../support/proxy-twin.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { dialThrough, speak, startEcho } from './speaking.ts'

const login = 'jürgen:Grüße:99'

/** The server's side of RFC 1928, up to the request, which it returns. */
async function socksRequest(peer: ProxyPeer, method = 0): Promise<Buffer> {
  await bytes(peer, 3 + (method === 2 ? 1 : 0))
  peer.socket.write(Buffer.of(5, method))
  if (method === 2) {
    const user = (await bytes(peer, 2))[1] ?? 0
    const password = (await bytes(peer, user + 1))[user] ?? 0
    await bytes(peer, password)
    peer.socket.write(Buffer.of(1, 0))
  }
  const head = await bytes(peer, 5)
  const rest = head[3] === 1 ? 5 : head[3] === 4 ? 17 : (head[4] ?? 0) + 2
  return Buffer.concat([head, await bytes(peer, rest)])
}

async function bytes(peer: ProxyPeer, count: number): Promise<Buffer> {
  for (;;) {
    const found = peer.socket.read(count) as Buffer | null
    if (found !== null) return found
    if (peer.socket.readableEnded || peer.socket.destroyed) throw new Error('ended')
    await new Promise(resolve => peer.socket.once('readable', resolve))
  }
}

const reply = (code: number) => Buffer.of(5, code, 0, 1, 127, 0, 0, 1, 0, 80)

describe.skipIf(!isInstalled('microsocks', '-h'))('microsocks [needs: apt-get install microsocks]', () => {
  async function start(...args: string[]): Promise<string> {
    const port = await freePort()
    await startListening('microsocks', ['-i', '127.0.0.1', '-p', String(port), ...args], port)
    return `127.0.0.1:${port}`
  }

  it('lets us through without a login, early bytes included', async () => {
    const at = await start()
    for (let i = 0; i < 20; i++) expect(await speak([`socks5://${at}`])).toBe('early word')
  })

  it('lets us through with user and password beyond ASCII', async () => {
    const at = await start('-u', 'jürgen', '-P', 'Grüße:99')
    expect(await speak([`socks5://${login}@${at}`])).toBe('early word')
  })

  it('refuses a wrong password, which counts, and none', async () => {
    const at = await start('-u', 'jürgen', '-P', 'Grüße:99')
    await expect(speak([`socks5://jürgen:wrong@${at}`])).rejects.toMatchObject({
      code: 'proxy-auth-refused',
      details: { hopIndex: 1, hop: at },
    })
    await expect(speak([`socks5://${at}`])).rejects.toMatchObject({ code: 'proxy-login-required' })
  })

  it('resolves names and dials IPv6 itself', async () => {
    const at = await start()
    const { port } = await startEcho('::1')
    expect(await speak([`socks5://${at}`], { gateway: `http://[::1]:${port}` })).toBe('early word')
    const v4 = await startEcho()
    expect(await speak([`socks5://${at}`], { gateway: `http://localhost:${v4.port}` })).toBe('early word')
  })

  it('says that the far side refuses', async () => {
    const at = await start()
    await expect(speak([`socks5://${at}`], { gateway: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'proxy-far-side-failed',
      details: { destination: '127.0.0.1:9', hopIndex: 1 },
    })
  })

  it('stands anywhere in a cascade', async () => {
    const [one, two] = [await start(), await start('-u', 'a', '-P', 'b')]
    const http = await startProxyTwin(letThrough)
    expect(await speak([`socks5://${one}`, http.at, `socks5://a:b@${two}`, http.at])).toBe('early word')
  })
})

describe('a SOCKS5 proxy', () => {
  it.each([
    [
      'gateway.example:443',
      Buffer.concat([Buffer.of(3, 15), Buffer.from('gateway.example'), Buffer.of(1, 187)]),
    ],
    ['192.0.2.7:8080', Buffer.of(1, 192, 0, 2, 7, 31, 144)],
    ['[2001:db8::7]:80', Buffer.from('0420010db80000000000000000000000070050', 'hex')],
  ])('is asked for %s as it is written', async (gateway, wanted) => {
    let asked: Buffer = Buffer.alloc(0)
    const twin = await startProxyTwin(async peer => {
      asked = await socksRequest(peer)
      peer.socket.write(reply(4))
    })
    await expect(speak([`socks5://${twin.at}`], { gateway: `http://${gateway}` })).rejects.toMatchObject({
      code: 'proxy-far-side-failed',
    })
    expect(asked.subarray(3).toString('hex')).toBe(wanted.toString('hex'))
  })

  it.each(['at once', 'byte by byte'])(
    'may send bytes of the destination behind its answer, %s',
    async how => {
      const twin = await startProxyTwin(async peer => {
        await socksRequest(peer, 0)
        const all = Buffer.concat([reply(0), Buffer.from('early ')])
        if (how === 'at once') peer.socket.write(all)
        else await peer.drip(all.toString('latin1'))
        peer.socket.pipe(peer.socket)
      })
      expect(await speak([`socks5://${twin.at}`], { gateway: 'http://127.0.0.1:9' })).toBe('early word')
    },
  )

  it('is never told a password that was meant for NTLM', async () => {
    const twin = await startProxyTwin(peer => peer.gone())
    await expect(speak([`socks5://LAB\\alice:pw@${twin.at}`])).rejects.toMatchObject({
      code: 'proxy-scheme-not-offered',
      details: { wanted: 'NTLM' },
    })
  })

  it.each([
    [2, 'proxy-forbidden'],
    [1, 'proxy-far-side-failed'],
    [5, 'proxy-far-side-failed'],
    [7, 'proxy-refused'],
    [99, 'proxy-refused'],
  ])('that answers %i is told of as %s, and no error holds the password', async (code, expected) => {
    const twin = await startProxyTwin(async peer => {
      await socksRequest(peer, 2)
      peer.socket.write(reply(code))
    })
    const error: unknown = await speak([`socks5://u:hidden-word@${twin.at}`]).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: expected, details: { hopIndex: 1 } })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hidden-word')
  })

  it.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'proxy-not-http'],
    ['SOCKS4', '\x00\x5a\0\0\0\0\0\0', 'proxy-not-http'],
    ['nothing, and closes', '', 'proxy-closed'],
  ])('that speaks %s is found out', async (_, answer, code) => {
    const twin = await startProxyTwin(async peer => {
      await bytes(peer, 3)
      peer.say(answer)
      peer.socket.end()
    })
    await expect(speak([`socks5://${twin.at}`])).rejects.toMatchObject({ code, details: { hopIndex: 1 } })
  })

  it.each([0, 1, 2])('that keeps silent at step %i is given up after 15 s, and closed', async step => {
    const clock = new VirtualClock()
    let isSilent: () => void = () => {}
    const silent = new Promise<void>(resolve => {
      isSilent = resolve
    })
    const twin = await startProxyTwin(async peer => {
      if (step > 0) await bytes(peer, 3)
      if (step > 1) peer.socket.write(Buffer.of(5, 0))
      isSilent()
    })
    const outcome = dialThrough('http://127.0.0.1:9', [`socks5://${twin.at}`], { clock }).catch(
      (cause: unknown) => cause,
    )
    await silent
    await clock.pass(15_001)
    expect(await outcome).toMatchObject({ code: 'proxy-hop-timeout', details: { hopIndex: 1 } })
    await twin.peers[0]?.gone()
  })
})
