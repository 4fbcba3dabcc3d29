/** The visitors' gate on a TLS listener, by HTTP/1.1 and HTTP/2: what the cookies are called there, and that no version gets around it. */
import { once } from 'node:events'
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { asBrowser, visitorsOf } from '../../support/gated-visitor.ts'
import { runGateway } from '../../support/running-gateway.ts'

const password = 'open sesame'
const tls = { listen: [{ host: '127.0.0.1', port: 0, tls: true }] }

/** Requests of one HTTP/2 connection. */
function http2Visitor(url: string, authority = new URL(url).host) {
  const session = connect(url, { rejectUnauthorized: false })
  onTestFinished(() => session.destroy())
  return async (path: string, headers: OutgoingHttpHeaders = {}, body?: string) => {
    const stream = session.request({
      ':path': path,
      ':method': body === undefined ? 'GET' : 'POST',
      ':authority': authority,
      ...asBrowser,
      ...headers,
    })
    stream.end(body)
    const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
    let text = ''
    for await (const piece of stream.setEncoding('utf8')) text += piece
    return { status: answer[':status'], headers: answer, text }
  }
}

const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }

describe('by HTTP/2', () => {
  test('the gate asks, takes the form, and lets in with a cookie that only TLS carries', async () => {
    const { url, agent } = await runGateway(tls)
    await agent({ hello: { visitors: await visitorsOf(password) } })
    const ask = http2Visitor(url)
    const asked = await ask('/~~srv/x')
    expect([asked.status, asked.headers['www-authenticate']]).toEqual([401, 'Form realm="/~~srv/"'])
    expect((await ask('/~~srv/.tildegate/login', form, 'password=wrong')).status).toBe(401)
    const login = await ask('/~~srv/.tildegate/login', form, 'password=open+sesame&back=x%3Fy')
    expect([login.status, login.headers.location]).toEqual([303, '/~~srv/x?y'])
    const cookies = login.headers['set-cookie'] ?? []
    expect(cookies[0]).toMatch(
      /^__Secure-tildegate-visitor=[^;]+; Path=\/~~srv\/; HttpOnly; SameSite=Lax; Secure; Max-Age=/,
    )
    expect(cookies[1]).toMatch(/^__Host-tildegate-pass=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    const cookie = cookies.map(text => text.split(';')[0]).join('; ')
    expect((await ask('/~~srv/x?y', { cookie })).text).toBe('/x?y')
    expect((await ask('/~~srv/x?y', { cookie: cookies[1]?.split(';')[0] })).status).toBe(401)
    expect((await ask('/~~srv/x?y')).status).toBe(401)
  })

  test('in host mode the cookie is the host’s own', async () => {
    const { url, agent, port } = await runGateway({ ...tls, hostMode: 'gw.example' })
    await agent({ hello: { visitors: await visitorsOf(password) } })
    const ask = http2Visitor(url, `srv.gw.example:${port}`)
    expect((await ask('/')).status).toBe(401)
    const login = await ask('/.tildegate/login', form, 'password=open+sesame')
    expect(login.headers['set-cookie']).toHaveLength(1)
    const [cookie = ''] = login.headers['set-cookie'] ?? []
    expect(cookie).toMatch(
      /^__Host-tildegate-visitor=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=/,
    )
    expect((await ask('/there', { cookie: cookie.split(';')[0] })).text).toBe('/there')
  })
})
