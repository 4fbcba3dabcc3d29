/** Answers to CONNECT that real proxies and boxes in between are known to give: what opens the way all the same, and what is said of the rest. */
import { describe, expect, it } from 'vitest'
import { type ProxyPeer, startProxyTwin } from '../../support/proxy-twin.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import vectors from '../../vectors/ntlm.json' with { type: 'json' }
import { dialThrough, speak } from './speaking.ts'

const challenge = Buffer.from(vectors.type2, 'hex').toString('base64')
const html = '<!DOCTYPE html><html><body>Please log in</body></html>'
const chunked = (...parts: string[]) =>
  `${[...parts, ''].map(part => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}`

/** Answers CONNECT so, and lets the bytes through. */
const opening = (answer: string, how: 'at once' | 'byte by byte' = 'at once') =>
  startProxyTwin(async peer => {
    await peer.head()
    if (how === 'at once') peer.say(answer)
    else await peer.drip(answer)
    await peer.tunnel()
  })

const answering = (answer: string) =>
  startProxyTwin(async peer => {
    await peer.head()
    peer.say(answer)
  })

describe('a way opens all the same', () => {
  it.each([
    ['a length of 0', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['a coding that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a type of a page', 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n'],
    [
      '1xx before it',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    ],
    ['lower case', 'http/1.1 200 connection established\r\nproxy-agent: x\r\n\r\n'],
    ['LF alone', 'HTTP/1.1 200 OK\nVia: x\n\n'],
    ['no reason phrase', 'HTTP/1.1 200\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 200 Connection established\r\n\r\n'],
    ['an empty line before it', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['a space before a colon', 'HTTP/1.1 200 OK\r\nVia : x\r\n\r\n'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nVia: x,\r\n y\r\n\r\n'],
    ['another 2xx', 'HTTP/1.1 201 Created\r\n\r\n'],
    ['a head of 30 KiB', `HTTP/1.1 200 OK\r\n${`X: ${'x'.repeat(1000)}\r\n`.repeat(30)}\r\n`],
  ])('with %s, whole or byte by byte', async (_, answer) => {
    for (const how of ['at once', 'byte by byte'] as const) {
      if (how === 'byte by byte' && answer.length > 10_000) continue
      const twin = await opening(answer, how)
      expect(await speak([twin.at]), how).toBe('early word')
    }
  })

  it('with bytes of the destination in the same packet', async () => {
    const twin = await startProxyTwin(async peer => {
      await peer.head()
      peer.say('HTTP/1.1 200 OK\r\n\r\nbefore ')
      await peer.tunnel()
    })
    expect(await speak([twin.at])).toBe('before early word')
  })
})

describe('a proxy’s NTLM', () => {
  const login = 'LAB\\alice:pw@'
  const opened = async (peer: ProxyPeer) => {
    peer.say('HTTP/1.1 200 OK\r\n\r\n')
    await peer.tunnel()
  }

  it.each([
    ['a body in chunks', `Transfer-Encoding: chunked\r\n\r\n${chunked('a'.repeat(300), html)}`],
    [
      'chunks with extensions and trailers',
      'Transfer-Encoding: CHUNKED\r\n\r\n5;a="b"\r\nhello\r\n0\r\nX: y\r\n\r\n',
    ],
    ['a body of 60 KiB', `Content-Length: 61440\r\n\r\n${'b'.repeat(61_440)}`],
    ['no body', 'Content-Length: 0\r\n\r\n'],
  ])('goes on after a 407 with %s, on the same connection', async (_, rest) => {
    for (const scheme of ['NTLM', 'ntlm', 'Ntlm']) {
      const twin = await startProxyTwin(async peer => {
        await peer.head()
        peer.say(`HTTP/1.1 407 Proxy\r\nproxy-authenticate: ${scheme} ${challenge}\r\n${rest}`)
        const type3 = await peer.head()
        if (/Proxy-Authorization: NTLM TlRMTVNTUAAD/.test(type3)) await opened(peer)
      })
      expect(await speak([`${login}${twin.at}`])).toBe('early word')
      expect(twin.peers).toHaveLength(1)
    }
  })

  it.each([
    ['behind the scheme', `NTLM\r\n ${challenge}`],
    ['within the challenge', `NTLM ${challenge.slice(0, 60)}\r\n\t${challenge.slice(60)}`],
    ['byte by byte', `NTLM ${challenge}`],
  ])('reads a challenge that is folded or split %s', async (how, value) => {
    const twin = await startProxyTwin(async peer => {
      await peer.head()
      const answer = `HTTP/1.1 407 Proxy\r\nProxy-Authenticate: ${value}\r\nContent-Length: 4\r\n\r\nbody`
      if (how === 'byte by byte') await peer.drip(answer)
      else peer.say(answer)
      await peer.head()
      await opened(peer)
    })
    expect(await speak([`${login}${twin.at}`])).toBe('early word')
  })

  it.each([
    ['closes', 'Connection: close\r\nContent-Length: 0\r\n\r\n'],
    ['has a body over 64 KiB', `Content-Length: 70000\r\n\r\n${'x'.repeat(70_000)}`],
    [
      'has endless chunks',
      `Transfer-Encoding: chunked\r\n\r\n${`2000\r\n${'x'.repeat(0x2000)}\r\n`.repeat(9)}`,
    ],
    ['has a body without an end', '\r\nsome text'],
    ['ends in its body', 'Content-Length: 100\r\n\r\nonly this'],
  ])('begins on a new connection after a first 407 that %s', async (how, rest) => {
    const twin = await startProxyTwin(async peer => {
      await peer.head()
      if (peer.number === 1) {
        peer.say(`HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Negotiate\r\n${rest}`)
        if (how === 'ends in its body') peer.socket.end()
        return
      }
      peer.say(
        `HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Negotiate ${challenge}\r\nContent-Length: 0\r\n\r\n`,
      )
      await peer.head()
      await opened(peer)
    })
    expect(await speak([`${login}${twin.at}`])).toBe('early word')
    expect(twin.peers).toHaveLength(2)
    await twin.peers[0]?.gone()
    expect(twin.peers[1]?.heads[0]).toContain('Proxy-Authorization: Negotiate TlRMTVNTUAAB')
  })

  it.each([
    ['that is closed with each challenge', `NTLM ${challenge}\r\nConnection: close`, 'proxy-keeps-closing'],
    ['that names the scheme and gives no challenge', 'NTLM', 'proxy-ntlm-no-challenge'],
    ['that offers nothing at all', undefined, 'proxy-ntlm-no-challenge'],
    ['that offers Basic alone', 'Basic realm="x"', 'proxy-scheme-not-offered'],
    ['whose challenge is broken', 'NTLM TlRMTVNTUAACAAAA', 'proxy-ntlm-malformed'],
  ])('ends at a proxy %s', async (_, value, code) => {
    const line = value === undefined ? '' : `Proxy-Authenticate: ${value}\r\n`
    const twin = await startProxyTwin(async peer => {
      for (;;) {
        await peer.head()
        peer.say(`HTTP/1.1 407 Proxy\r\n${line}Content-Length: 0\r\n\r\n`)
      }
    })
    await expect(speak([`${login}${twin.at}`])).rejects.toMatchObject({ code, details: { hopIndex: 1 } })
    expect(twin.peers.length).toBeLessThanOrEqual(4)
    await Promise.all(twin.peers.map(peer => peer.gone()))
  })
})

describe('a proxy is named for what it says', () => {
  it.each([
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n', 'proxy-login-page'],
    ['511', 'HTTP/1.1 511 Network Authentication Required\r\n\r\n', 'proxy-login-page'],
    [
      '200 and a page',
      `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${html.length}\r\n\r\n${html}`,
      'proxy-login-page',
    ],
    [
      '200 and a page in chunks',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(`\n ${html}`)}`,
      'proxy-login-page',
    ],
    ['200 and a page that nothing announces', `HTTP/1.1 200 OK\r\n\r\n${html}`, 'proxy-login-page'],
    ['a page without a head', html, 'proxy-login-page'],
    ['403', 'HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n', 'proxy-forbidden'],
    [
      '503',
      'HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n',
      'proxy-far-side-failed',
    ],
    ['504', 'HTTP/1.1 504 Gateway Timeout\r\n\r\n', 'proxy-far-side-failed'],
    ['405', 'HTTP/1.1 405 Method Not Allowed\r\n\r\n', 'proxy-refused'],
    ['101', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'proxy-refused'],
    ['407 with nothing on offer', 'HTTP/1.1 407 Proxy\r\nContent-Length: 0\r\n\r\n', 'proxy-login-required'],
    ['endless 1xx', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20), 'proxy-not-http'],
    ['a head over 32 KiB', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(33_000)}\r\n\r\n`, 'proxy-not-http'],
    ['one endless line', 'HTTP/1.1 200 '.padEnd(40_000, 'x'), 'proxy-not-http'],
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', 'proxy-not-http'],
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x16', 'proxy-not-http'],
    ['zeros', '\0'.repeat(100), 'proxy-not-http'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'proxy-not-http'],
    ['a header that is none', 'HTTP/1.1 200 OK\r\nnot a header\r\n\r\n', 'proxy-not-http'],
    ['a malformed status', 'HTTP/1.1 2000 OK\r\n\r\n', 'proxy-not-http'],
  ])('%s', async (_, answer, code) => {
    const twin = await answering(answer)
    const error = await speak([twin.at]).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code, details: { hop: twin.at, hopIndex: 1 } })
    expect((error as Error).message).not.toContain('?')
    await twin.peers[0]?.gone()
  })

  it('a page that comes byte by byte', async () => {
    const twin = await startProxyTwin(async peer => {
      await peer.head()
      await peer.drip(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n\r\n${html}`)
    })
    await expect(speak([twin.at])).rejects.toMatchObject({ code: 'proxy-login-page' })
  })

  it('the reason that it gives in words of its own', async () => {
    const twin = await answering('HTTP/1.1 503 Nope\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n\r\n')
    await expect(speak([twin.at])).rejects.toThrow('ERR_DNS_FAIL 0')
  })
})

/** What a script has done before it closes or falls silent. */
const stages: readonly (readonly [when: string, begin: (peer: ProxyPeer) => Promise<unknown> | undefined])[] =
  [
    ['at once', () => undefined],
    ['after the request', peer => peer.head()],
    ['within the status line', peer => peer.head().then(() => peer.say('HTTP/1.1 2'))],
    ['within the head', peer => peer.head().then(() => peer.say('HTTP/1.1 200 OK\r\nVia: x\r\n'))],
    ['after 1xx', peer => peer.head().then(() => peer.say('HTTP/1.1 100 Continue\r\n\r\n'))],
    [
      'after the Type 3',
      async peer => {
        await peer.head()
        peer.say(`HTTP/1.1 407 Proxy\r\nProxy-Authenticate: NTLM ${challenge}\r\nContent-Length: 0\r\n\r\n`)
        await peer.head()
      },
    ],
  ]

describe('a proxy that closes', () => {
  it.each(stages)('%s is told of as closing', async (_, begin) => {
    for (const how of ['end', 'reset'] as const) {
      const twin = await startProxyTwin(async peer => {
        await begin(peer)
        if (how === 'end') peer.socket.end()
        else peer.socket.destroy()
      })
      await expect(speak([`\\alice:pw@${twin.at}`])).rejects.toMatchObject({
        code: 'proxy-closed',
        details: { hop: twin.at, hopIndex: 1 },
      })
    }
  })
})

describe('a proxy that keeps silent', () => {
  it.each(stages)('%s is given up after 15 s, and the connection closed', async (_, begin) => {
    const clock = new VirtualClock()
    let isSilent: () => void = () => {}
    const silent = new Promise<void>(resolve => {
      isSilent = resolve
    })
    const twin = await startProxyTwin(async peer => {
      await begin(peer)
      isSilent()
    })
    const outcome = dialThrough('http://127.0.0.1:9', [`\\alice:pw@${twin.at}`], { clock }).catch(
      (cause: unknown) => cause,
    )
    await silent
    await clock.pass(14_999)
    expect(twin.peers[0]?.socket.destroyed).toBe(false)
    await clock.pass(2)
    expect(await outcome).toMatchObject({
      code: 'proxy-hop-timeout',
      details: { hop: twin.at, hopIndex: 1, seconds: 15 },
    })
    await twin.peers[0]?.gone()
  })

  it('within the body of a 407 is given up after 15 s too', async () => {
    const clock = new VirtualClock()
    const twin = await answering(
      `HTTP/1.1 407 P\r\nProxy-Authenticate: NTLM ${challenge}\r\nContent-Length: 9\r\n\r\nhalf`,
    )
    const outcome = dialThrough('http://127.0.0.1:9', [`\\alice:pw@${twin.at}`], { clock }).catch(
      (cause: unknown) => cause,
    )
    const peer = await twin.next()
    while (peer.heads.length === 0) await new Promise(resolve => setImmediate(resolve))
    await clock.pass(15_001)
    expect(await outcome).toMatchObject({ code: 'proxy-hop-timeout' })
  })
})
