/** Targets that log the connection in (NTLM, Negotiate): one visitor's login is never another's. */

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DiallingUpstream } from '../../support/dialling-upstream.ts'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

const get = (path: string, headers = '') => `GET /~~iis/${path} HTTP/1.1\r\nHost: gw\r\n${headers}\r\n`

/** Logs connections in as IIS does: 401, a challenge, and from then on every request on it is `user`'s. */
class LoginTarget {
  readonly server: Server
  /** Who is logged in, by connection, in the order of their coming. */
  readonly users: (string | undefined)[] = []
  readonly sockets: Socket[] = []
  scheme = 'NTLM'

  constructor() {
    this.server = createServer(socket => {
      const at = this.users.push(undefined) - 1
      this.sockets.push(socket)
      socket.on('error', () => {})
      let text = ''
      socket.on('data', bytes => {
        text += bytes.toString('latin1')
        for (;;) {
          const end = text.indexOf('\r\n\r\n')
          if (end < 0) return
          socket.write(this.#answer(text.slice(0, end), at), 'latin1')
          text = text.slice(end + 4)
        }
      })
    })
  }

  #answer(head: string, at: number): string {
    const login = /authorization: (?:ntlm|negotiate) (\w+)/i.exec(head)?.[1]
    const say = (status: string, body: string, headers = '') =>
      `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`
    if (login === 'hello')
      return say('401 Unauthorized', '', `WWW-Authenticate: ${this.scheme} challenge\r\n`)
    if (login !== undefined) this.users[at] = login
    const user = this.users[at]
    if (head.startsWith('GET /open ')) return say('200 OK', `open to ${user ?? 'everyone'} on ${at}`)
    if (user === undefined) {
      return say(
        '401 Unauthorized',
        '',
        `WWW-Authenticate: Basic realm="x"\r\nwww-authenticate: ${this.scheme}\r\n`,
      )
    }
    return say('200 OK', `hello ${user} on ${at}`)
  }
}

let target: LoginTarget
let upstream: DiallingUpstream
let gateway: VisitorGateway
beforeEach(async () => {
  target = new LoginTarget()
  await new Promise<void>(resolve => target.server.listen(0, '127.0.0.1', resolve))
  upstream = new DiallingUpstream('iis', (target.server.address() as AddressInfo).port)
  gateway = await VisitorGateway.open({ upstreams: [upstream] })
})
afterEach(async () => {
  await gateway.close()
  upstream.destroy()
  await new Promise(resolve => target.server.close(resolve))
})

async function login(user: string) {
  const visitor = await gateway.visitor()
  visitor.send(get(''))
  await visitor.until('401 Unauthorized')
  visitor.send(get('', 'Authorization: NTLM hello\r\n'))
  await visitor.until(' challenge')
  visitor.send(get('', `Authorization: NTLM ${user}\r\n`))
  await visitor.until(`hello ${user}`)
  return visitor
}

describe('a login of the connection', () => {
  test.each(['NTLM', 'Negotiate', 'negotiate', 'nTLM'])(
    'with %s belongs to its visitor alone',
    async scheme => {
      target.scheme = scheme
      const ada = await login('ada')
      const bob = await gateway.visitor()
      bob.send(get('open'))
      await bob.until('open to everyone on 1')
      bob.send(get('secret'))
      await bob.until('401 Unauthorized')
      ada.clear()
      ada.send(get('again'))
      await ada.until('hello ada on 0')
      expect(upstream.dials).toBe(2)
      expect(target.users).toEqual(['ada', undefined])
    },
  )

  test('keeps two visitors apart', async () => {
    const ada = await login('ada')
    const bob = await login('bob')
    for (const [visitor, user, at] of [
      [ada, 'ada', 0],
      [bob, 'bob', 1],
      [ada, 'ada', 0],
    ] as const) {
      visitor.clear()
      visitor.send(get('x'))
      await visitor.until(`hello ${user} on ${at}`)
    }
    expect(upstream.idleConnections).toBe(0)
  })

  test('that a request brings along pins at once', async () => {
    const ada = await gateway.visitor()
    ada.send(get('', 'Authorization: Negotiate ada\r\n'))
    await ada.until('hello ada on 0')
    const bob = await gateway.visitor()
    bob.send(get('open'))
    await bob.until('open to everyone on 1')
    expect(upstream.idleConnections).toBe(1)
  })

  test('ends with the visitor’s connection', async () => {
    const ada = await login('ada')
    const closed = new Promise(resolve => target.sockets[0]?.once('close', resolve))
    ada.socket.destroy()
    await closed
    expect(upstream.openConnections).toBe(0)
  })

  test('takes the visitor’s connection with it', async () => {
    const ada = await login('ada')
    target.sockets[0]?.destroy()
    await ada.closed
    expect(upstream.openConnections).toBe(0)
  })

  test('that dies under a request is not answered, so that a browser begins anew', async () => {
    const ada = await login('ada')
    ada.clear()
    target.sockets[0]?.removeAllListeners('data')
    const asked = new Promise(resolve => target.sockets[0]?.once('data', resolve))
    ada.send(get('x'))
    await asked
    target.sockets[0]?.resetAndDestroy()
    await ada.closed
    expect(ada.received).toBe('')
    expect(upstream.dials).toBe(1)
  })

  test('is not handed on where a front proxy mixes visitors on one connection', async () => {
    const shared = await login('ada')
    shared.clear()
    gateway.address = '198.51.100.9'
    shared.send(get('secret'))
    await shared.closed
    expect(shared.received).not.toContain('ada')
    expect(upstream.openConnections).toBe(0)
  })

  test('with Basic pins nothing', async () => {
    const visitor = await gateway.visitor()
    visitor.send(get('open', 'Authorization: Basic YTpi\r\n'))
    await visitor.until('open to everyone')
    expect(upstream.idleConnections).toBe(1)
  })
})
