/** The recipes of docs/operations with the real nginx, Caddy and haproxy: what the pages say is what runs here, ports and names apart. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { temporaryFolder } from '../support/files.ts'
import { listening } from '../support/listening.ts'
import { freePort, isInstalled, startListening } from '../support/other-programs.ts'
import { startAgent, startGateway, stopAll } from '../support/programs.ts'
import { fillIn, readRecipe } from '../support/recipe.ts'
import { selfSigned } from '../support/self-signed.ts'

/** Another address than the front's and the agent's, so that the one the target is told can be the visitor's alone. */
const visitorAddress = '127.0.0.2'
const half = Buffer.alloc(2 * 2 ** 20, 'u')

interface Places {
  readonly folder: string
  readonly port: number
  /** host:port where the gateway listens, and its admin listener. */
  readonly gateway: string
  readonly admin: string
}

const certificates = '/etc/letsencrypt/live/gateway.example'

const fronts = [
  {
    program: 'nginx',
    page: 'nginx.md',
    listen: '127.0.0.1:8080',
    gatewayFiles: ({ folder }: { folder: string }) =>
      [[`${certificates}/fullchain.pem`, `${folder}/fullchain.pem`]] as const,
    // conf.d is included in the http block of Debian's nginx.conf.
    configuration: (page: string, { folder, port, gateway }: Places) =>
      `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr error;
events {}
http {
access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${folder}/${kind};`).join('\n')}
${fillIn(page, [
  ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
  ['listen [::]:443 ssl;', ''],
  ['gateway.example *.gateway.example', '127.0.0.1'],
  [certificates, folder],
  ['127.0.0.1:8080', gateway],
])}}\n`,
    command: (file: string, folder: string) => ['nginx', '-e', 'stderr', '-p', folder, '-c', file],
  },
  {
    program: 'caddy',
    page: 'caddy.md',
    listen: '127.0.0.1:8080',
    gatewayFiles: () => [],
    // The certificate is the test's: Caddy would ask an authority for its own.
    configuration: (page: string, { folder, port, gateway }: Places) =>
      `{
	admin off
	auto_https disable_redirects
}
${fillIn(page, [
  [
    'gateway.example {',
    `https://127.0.0.1:${port} {\n\tbind 127.0.0.1\n\ttls ${folder}/fullchain.pem ${folder}/privkey.pem`,
  ],
  ['127.0.0.1:8080', gateway],
])}`,
    command: (file: string, folder: string) => [
      ...['env', `HOME=${folder}`, `XDG_DATA_HOME=${folder}`, `XDG_CONFIG_HOME=${folder}`],
      ...['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
    ],
  },
  {
    program: 'haproxy',
    page: 'load-balancer.md',
    listen: '127.0.0.1:8443',
    gatewayFiles: ({ folder }: { folder: string }) =>
      [
        ['127.0.0.1:9090', '127.0.0.1:0'],
        ['--cert fullchain.pem', `--cert ${folder}/fullchain.pem`],
        ['--key privkey.pem', `--key ${folder}/privkey.pem`],
      ] as const,
    configuration: (page: string, { folder, port, gateway, admin }: Places) =>
      `global
    stats socket ${folder}/stats
${fillIn(page, [
  ['bind :443', `bind 127.0.0.1:${port}`],
  ['127.0.0.1:8443', gateway],
  ['port 9090', `port ${admin.split(':')[1]}`],
])}`,
    command: (file: string) => ['haproxy', '-f', file],
  },
] as const

/**
 * /pieces: one, and the second once the test has `released` it; /events: one event and then none; /quiet: no event at all, and tells the
 * test when the visitor has `left`; /upload: tells the test of the first bytes, answers the number of all; else the request's headers.
 */
async function startTarget() {
  const released = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const left = Promise.withResolvers<void>()
  const answer = async (asked: IncomingMessage, response: ServerResponse) => {
    if (asked.url === '/pieces') {
      // Events and chunks pass Caddy at once by themselves; a body of known length only where it is told to.
      response
        .writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 'onetwo'.length })
        .write('one')
      await released.promise
      response.end('two')
    } else if (asked.url === '/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: one\n\n')
    } else if (asked.url === '/quiet') {
      response
        .on('close', left.resolve)
        .writeHead(200, { 'Content-Type': 'text/event-stream' })
        .flushHeaders()
    } else if (asked.url === '/upload') {
      let count = 0
      for await (const bytes of asked) {
        count += bytes.length
        begun.resolve()
      }
      response.end(String(count))
    } else response.end(JSON.stringify(asked.headers))
  }
  const server = createServer((asked, response) => {
    answer(asked, response).catch((error: unknown) => response.destroy(error as Error))
  })
  new WebSocketServer({ server, path: '/echo' }).on('connection', socket => {
    socket.on('error', () => socket.terminate())
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  return {
    port: await listening(server),
    release: released.resolve,
    begun: begun.promise,
    left: left.promise,
  }
}

type Front = (typeof fronts)[number]

/** The page's front, the gateway with the page's arguments, and an agent that reaches the gateway through the front. */
async function startRecipe(front: Front) {
  const recipe = readRecipe(front.page)
  const { cert, key } = await selfSigned()
  const folder = temporaryFolder({
    'balance.bin': '/~~home=pw#:*;\n',
    'fullchain.pem': cert,
    'privkey.pem': key,
  })
  const port = await freePort()
  const args = fillIn(recipe.gatewayArgs, [
    [front.listen, '127.0.0.1:0'],
    ['https://gateway.example', `https://127.0.0.1:${port}`],
    ...front.gatewayFiles({ folder }),
  ])
  const gateway = await startGateway([...args.trim().split(/\s+/), '--balance', join(folder, 'balance.bin')])
  const admin = args.includes('--admin')
    ? ((await gateway.program.line(/^admin ready \w+:\/\/([^/]+)/))[1] ?? '')
    : ''
  const file = join(folder, 'front.conf')
  writeFileSync(
    file,
    front.configuration(recipe.configuration, { folder, port, gateway: gateway.host, admin }),
  )
  const [program = '', ...words] = front.command(file, folder)
  await startListening(program, words, port)
  const target = await startTarget()
  await startAgent([
    ...['--ca', join(folder, 'fullchain.pem')],
    ...['--line', `/~~home=pw#https://127.0.0.1:${port} => http://127.0.0.1:${target.port};`],
  ])
  return {
    folder,
    port,
    gateway,
    target,
    visitor: { ca: cert, localAddress: visitorAddress, agent: false as const },
  }
}

/** What haproxy's own status says of the gateway's health check. */
async function healthChecks(folder: string): Promise<string> {
  const socket = connect(join(folder, 'stats'))
  socket.end('show stat\n')
  return text(socket)
}

describe.each(fronts)('the recipe of docs/operations/$page', front => {
  describe.skipIf(!isInstalled(front.program, front.program === 'caddy' ? 'version' : '-v'))(
    `with the real program [needs: apt-get install ${front.program}]`,
    { timeout: 90_000 },
    () => {
      afterEach(stopAll)

      it('brings an agent and visitors to the gateway, their addresses and bytes as they are', async () => {
        const { folder, port, gateway, target, visitor } = await startRecipe(front)
        const base = `https://127.0.0.1:${port}/~~home`
        const visit = (path: string, options: object = {}) => {
          const asked = request(`${base}/${path}`, { ...visitor, ...options })
          asked.on('error', () => {})
          onTestFinished(() => void asked.destroy())
          return {
            asked,
            answered: once(asked, 'response').then(([response]) => response as IncomingMessage),
          }
        }

        const page = visit('', { headers: { 'X-Forwarded-For': '192.0.2.9', 'X-Forwarded-Proto': 'http' } })
        page.asked.end()
        const response = await page.answered
        expect(response.statusCode).toBe(200)
        expect(JSON.parse(await text(response))).toMatchObject({
          'x-forwarded-for': visitorAddress,
          'x-forwarded-proto': 'https',
        })
        await gateway.program.logged(/"address":"127\.0\.0\.2","method":"GET","status":200,.*"msg":"request"/)

        const socket = new WebSocket(`${base.replace('https', 'wss')}/echo`, visitor)
        onTestFinished(() => socket.terminate())
        await once(socket, 'open')
        socket.send('over and back')
        expect(String((await once(socket, 'message'))[0])).toBe('over and back')

        const pieces = visit('pieces')
        pieces.asked.end()
        const stream = await pieces.answered
        stream.setEncoding('utf8')
        expect((await once(stream, 'data'))[0]).toBe('one')
        target.release()
        expect(await text(stream)).toBe('two')

        const events = visit('events')
        events.asked.end()
        const open = (await events.answered).on('error', () => {}).setEncoding('utf8')
        expect((await once(open, 'data'))[0]).toBe('data: one\n\n')

        const quiet = visit('quiet')
        quiet.asked.end()
        ;(await quiet.answered).on('error', () => {})
        quiet.asked.destroy()
        await target.left

        const upload = visit('upload', { method: 'POST', headers: { 'Content-Length': 2 * half.length } })
        upload.asked.write(half)
        await target.begun
        upload.asked.end(half)
        expect(await text(await upload.answered)).toBe(String(2 * half.length))

        if (front.program === 'haproxy')
          await expect
            .poll(() => healthChecks(folder), { timeout: 30_000 })
            .toMatch(/^gateways,gateway1,.*,L7OK,200,/m)
      })
    },
  )
})
