/** Getting PAC files from real servers and files, and keeping them for a while. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { printAnswer } from '../../../net/system-proxy/answer.ts'
import { fetchPac } from '../../../net/system-proxy/pac/fetch-pac.ts'
import { PacFiles } from '../../../net/system-proxy/pac/pac-files.ts'
import { systemClock } from '../../../net/world.ts'
import { temporaryFolder } from '../../support/files.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const never = new AbortController().signal
const get = (url: string) => fetchPac(url, systemClock, never)

describe('a PAC file', () => {
  it('comes over http, past redirects, whatever its type', async () => {
    const url = await serve((req, res) => {
      if (req.url === '/old') res.writeHead(302, { Location: '/new' }).end()
      else res.writeHead(200, { 'Content-Type': 'text/html' }).end('the file')
    })
    expect(await get(`${url}/old`)).toBe('the file')
  })

  it('is read from a file, without a byte-order mark, in UTF-8 or what older editors write', async () => {
    const folder = temporaryFolder({ 'utf8.pac': '\ufeffgrün' })
    writeFileSync(join(folder, 'latin.pac'), 'grün', 'latin1')
    expect(await get(pathToFileURL(join(folder, 'utf8.pac')).href)).toBe('grün')
    expect(await get(pathToFileURL(join(folder, 'latin.pac')).href)).toBe('grün')
  })

  it('may lie behind a login in its URL', async () => {
    const url = await serve((req, res) => res.end(req.headers.authorization))
    const pair = Buffer.from('a:p@ss').toString('base64')
    expect(await get(url.replace('http://', 'http://a:p%40ss@'))).toBe(`Basic ${pair}`)
  })

  it.each([
    ['is not found', (_, res) => res.writeHead(404).end('no'), 'could not be read (status 404)'],
    [
      'has no end',
      (_, res) => {
        const more = () => {
          while (res.write(Buffer.alloc(64 * 1024)));
        }
        res.on('drain', more)
        more()
      },
      'is larger than 1024 KiB',
    ],
    ['breaks off', req => req.socket.destroy(), 'could not be read (ECONNRESET)'],
    [
      'redirects to itself',
      (_, res) => res.writeHead(302, { Location: '/' }).end(),
      'could not be read (redirected again and again)',
    ],
  ] satisfies [string, RequestListener, string][])('that %s gives none', async (_, listener, message) => {
    await expect(get(await serve(listener))).rejects.toMatchObject({ name: 'PacFailure', message })
  })

  it.each([
    ['a file that is not there', 'file:///nowhere/proxy.pac', 'could not be read (ENOENT)'],
    ['a folder', 'file:///tmp', 'could not be read (EISDIR)'],
    ['a file without an end', 'file:///dev/zero', 'is larger than 1024 KiB'],
    [
      'a file on another computer',
      'file://server/share/proxy.pac',
      'could not be read (ERR_INVALID_FILE_URL_HOST)',
    ],
    ['a port where nothing listens', 'http://127.0.0.1:1/', 'could not be read (ECONNREFUSED)'],
    ['FTP', 'ftp://server/proxy.pac', 'is at no http, https or file URL'],
    ['a path', '/etc/proxy.pac', 'is at no http, https or file URL'],
    ['nothing', '', 'is at no http, https or file URL'],
  ])('at %s gives none', async (_, url, message) => {
    await expect(get(url)).rejects.toMatchObject({ name: 'PacFailure', message })
  })

  it('that is redirected to a file gives none', async () => {
    const url = await serve((_, res) => res.writeHead(302, { Location: 'file:///etc/hostname' }).end())
    await expect(get(url)).rejects.toThrow('is at no http, https or file URL')
  })

  it('over https is taken from whom this computer trusts, and from nobody else', async () => {
    const { key, cert } = await selfSigned()
    const server = createTlsServer({ key, cert }, (_, res) => res.end('no'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await expect(get(`https://127.0.0.1:${port}/`)).rejects.toThrow(
      'could not be read (DEPTH_ZERO_SELF_SIGNED_CERT)',
    )
  })

  it('is waited for no longer than 4 s', async () => {
    const clock = new VirtualClock()
    const url = await serve((_, res) => {
      res.write('half of')
      clock.pass(4_000).catch(() => {})
    })
    await expect(fetchPac(url, clock, never)).rejects.toThrow('did not come within 4 s')
    expect(clock.waiting).toBe(0)
  })

  it('is not waited for when nobody wants it any more', async () => {
    const controller = new AbortController()
    const url = await serve(() => controller.abort(new Error('left')))
    await expect(fetchPac(url, systemClock, controller.signal)).rejects.toThrow('left')
  })
})

describe('PAC files', () => {
  const gateway = { host: 'gw.example', port: 8443 }

  it('are asked with the URL of the gateway, and named without login and query', async () => {
    const url = await serve((_, res) =>
      res.end(
        'function FindProxyForURL(url, host) { return url === "https://gw.example:8443/" && host === "gw.example" ? "PROXY a:1; DIRECT" : "" }',
      ),
    )
    const answer = await new PacFiles(systemClock).ask(
      `${url.replace('//', '//u:secret@')}/p.pac?token=x`,
      gateway,
      never,
    )
    expect(printAnswer(answer)).toBe(`a:1, else direct (PAC ${url}/p.pac)`)
  })

  it('are fetched once in five minutes, and anew after a network change', async () => {
    let fetched = 0
    const url = await serve((_, res) =>
      res.end(`function FindProxyForURL() { return "PROXY p:${++fetched}" }`),
    )
    const clock = new VirtualClock()
    const files = new PacFiles(clock)
    const port = async () => (await files.ask(url, gateway, never)).ways[0]?.port
    expect(await port()).toBe(1)
    expect(await port()).toBe(1)
    await clock.pass(300_000)
    expect(await port()).toBe(2)
    files.forget()
    expect(await port()).toBe(3)
  })

  it('are run one at a time, and a broken one does not hold up the next', async () => {
    const broken = await serve((_, res) => res.end('throw 1'))
    const sound = await serve((_, res) => res.end('function FindProxyForURL() { return "PROXY p:1" }'))
    const files = new PacFiles(systemClock)
    const [first, second] = await Promise.allSettled([
      files.ask(broken, gateway, never),
      files.ask(sound, gateway, never),
    ])
    expect(first).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining(`PAC ${broken}/ failed`) },
    })
    expect(second.status).toBe('fulfilled')
  })

  it('that name only proxies of kinds that are not spoken give no answer', async () => {
    const url = await serve((_, res) => res.end('function FindProxyForURL() { return "SOCKS4 p:1" }'))
    await expect(new PacFiles(systemClock).ask(url, gateway, never)).rejects.toThrow(
      `PAC ${url}/ names only proxies of kinds that are not spoken`,
    )
  })
})
