/** The recipe of docs/operations/upgrade.md: a gateway hands over to its own program, started anew, under visitors. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { bites } from '../support/bites.ts'
import { temporaryFolder } from '../support/files.ts'
import { freePort, isInstalled, startListening } from '../support/other-programs.ts'
import { type Program, startAgent, startGateway, startSiteProgram, stopAll } from '../support/programs.ts'
import { fillIn, readRecipe } from '../support/recipe.ts'
import { selfSigned } from '../support/self-signed.ts'
import { startVisitors, type Toll } from '../support/steady-visitors.ts'

const answerTo = (body: string) => createHash('sha256').update(body).digest('hex')
const successors = new Set<number>()

/** They write to the standard output of the first one, whose end `stopAll` awaits. */
afterEach(async () => {
  for (const pid of successors) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
  successors.clear()
  await stopAll()
})

/** Has the process `pid` hand over. @returns the process that takes over, once it has */
async function handOver(program: Program, pid: number): Promise<number> {
  const done = /"successor":(\d+),"msg":"handed over/
  const before = program.stderr.filter(line => done.test(line)).length
  process.kill(pid, 'SIGUSR2')
  const [, successor] = await program.logged(done, undefined, before)
  successors.add(Number(successor))
  return Number(successor)
}

async function startScene(limits = '') {
  const { cert, key } = await selfSigned()
  const files = { 'fullchain.pem': cert, 'privkey.pem': key, 'tildegate.toml': `[limits]\n${limits}\n` }
  const folder = temporaryFolder({ 'balance.bin': '/~~home=pw#:*;\n', ...files })
  const site = await startSiteProgram('home')
  const gateway = await startGateway([
    ...['--listen', '127.0.0.1:0', '--listen-tls', '127.0.0.1:0', '--admin', '127.0.0.1:0'],
    ...['--cert', join(folder, 'fullchain.pem'), '--key', join(folder, 'privkey.pem')],
    ...['--balance', join(folder, 'balance.bin')],
  ])
  const [, secure = ''] = await gateway.program.line(/^gateway ready (https:\S+)$/)
  const [, admin = ''] = await gateway.program.line(/^admin ready (\S+)$/)
  const agent = await startAgent(['--line', `/~~home=pw#${gateway.host} => ${site.url};`])
  const url = `${gateway.url}/~~home/`
  return { folder, gateway, agent, admin, url, secure: `${secure}/~~home/`, program: gateway.program }
}

/** nginx as its page has it, in front of the plain listener. @returns where it listens */
async function startNginx(folder: string, gatewayHost: string): Promise<string> {
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  const page = fillIn(readRecipe('nginx.md').configuration, [
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['listen [::]:443 ssl;', ''],
    ['gateway.example *.gateway.example', '127.0.0.1'],
    ['/etc/letsencrypt/live/gateway.example', folder],
    ['127.0.0.1:8080', gatewayHost],
  ])
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const places = folders.map(kind => `${kind}_temp_path ${folder}/${kind};`).join('\n')
  const head = `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr error;\nevents {}\n`
  writeFileSync(file, `${head}http {\naccess_log off;\n${places}\n${page}}\n`)
  await startListening('nginx', ['-e', 'stderr', '-p', folder, '-c', file], port)
  return `https://127.0.0.1:${port}`
}

describe('a gateway that hands over', { timeout: 240_000 }, () => {
  it('fails no request of any visitor, however often; what is under way goes on', async () => {
    const scene = await startScene()
    const { program, url, secure } = scene
    const visitors = startVisitors(
      [
        { url, http: '1.1', count: 6 },
        { url: secure, http: '1.1', count: 2 },
        { url: secure, http: '2', count: 4 },
      ],
      answerTo,
    )
    await visitors.more(100)

    const download = get(`${url}endless?mark=x`, { agent: false })
    const [body] = (await once(download, 'response')) as [IncomingMessage]
    await once(body, 'data')
    let foreign = 0
    body.on('data', (bytes: Buffer) => {
      foreign += bytes.reduce((count, byte) => (byte === 'x'.charCodeAt(0) ? count : count + 1), 0)
    })
    const upload = request(`${url}hash`, { method: 'POST', agent: false })
    upload.write('first half, ')
    const socket = new WebSocket(`${url.replace('http', 'ws')}echo`)
    onTestFinished(() => socket.terminate())
    await once(socket, 'open')

    const second = await handOver(program, program.pid)
    await visitors.more(200)
    const third = await handOver(program, second)
    await visitors.more(200)
    expectNoToll(await visitors.stop())

    // All of these are served by the first of the three processes.
    socket.send('still here')
    expect(String((await once(socket, 'message'))[0])).toBe('still here')
    upload.end('second half')
    const [answer] = (await once(upload, 'response')) as [IncomingMessage]
    expect(await text(answer)).toBe(answerTo('first half, second half'))
    await once(body, 'data')
    expect(foreign).toBe(0)
    expect(program.process.exitCode).toBe(null)

    const ended = once(program.process, 'exit')
    socket.close()
    download.destroy()
    expect(await ended).toEqual([0, null])
    await expect.poll(() => isRunning(second)).toBe(false)
    expect(await (await fetch(url)).text()).toBe('hello from home')
    expect((await fetch(`${scene.admin}/readyz`)).status).toBe(200)
    expect(isRunning(third)).toBe(true)
  })

  it.skipIf(!isInstalled('nginx', '-v'))(
    'fails no request that comes through nginx, which keeps connections [needs: apt-get install nginx]',
    async () => {
      const { folder, gateway, program } = await startScene()
      const url = `${await startNginx(folder, gateway.host)}/~~home/`
      const visitors = startVisitors([{ url, http: '1.1', count: 8 }], answerTo)
      await visitors.more(100)
      await handOver(program, program.pid)
      await visitors.more(300)
      expectNoToll(await visitors.stop())
    },
  )

  it('goes on itself where the new one does not start', async () => {
    const { program, folder, url } = await startScene()
    writeFileSync(join(folder, 'tildegate.toml'), 'nonsense = 1\n')
    program.signal('SIGUSR2')
    await program.logged(/it ended: 78.*not handed over/)
    expect(await (await fetch(url)).text()).toBe('hello from home')
    writeFileSync(join(folder, 'tildegate.toml'), '[limits]\nstopMs = 1234\n')
    await handOver(program, program.pid)
    expect(await (await fetch(url)).text()).toBe('hello from home')
  })

  bites(
    'handOverMs',
    'what is not over by then is cut off, and served by the new one when it comes again',
    async () => {
      const { program, url } = await startScene('handOverMs = 500')
      const socket = new WebSocket(`${url.replace('http', 'ws')}echo`)
      onTestFinished(() => socket.terminate())
      socket.on('error', () => {})
      await once(socket, 'open')
      const [closed, exited] = [once(socket, 'close'), once(program.process, 'exit')]
      await handOver(program, program.pid)
      await closed
      expect(await exited).toEqual([0, null])
      const again = new WebSocket(`${url.replace('http', 'ws')}echo`)
      onTestFinished(() => again.terminate())
      await once(again, 'open')
    },
  )
})

/** None of them notices more than a wait: agents are back within a second, and no computer under load needs as long as this. */
function expectNoToll({ failures, longestMs, ...rest }: Toll): void {
  if (process.env['SHOW_TOLL'])
    process.stderr.write(`${JSON.stringify({ ...rest, longestMs, failures: failures.length })}\n`)
  expect(failures).toEqual([])
  expect(longestMs).toBeLessThan(15_000)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
