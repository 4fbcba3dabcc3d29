/** 10 000 visitors that asked once and rest: held within bounds while others are served, and let go in time. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { residentMiB, startAgent, startGateway, startSiteProgram, stopAll } from '../support/programs.ts'

const visitors = 10_000
const ofOne = 1_000
/** Sends a PROXY header, so that somebody can come from an address that is not this computer's. */
const balancer = '127.0.0.9'
const letGoMs = 10_000
/** Some 30 here; what Node keeps of a connection differs between its versions. */
const maxKiBEach = 100

const files = Number(spawnSync('sh', ['-c', 'ulimit -Hn']).stdout)
const areEnough = process.platform === 'linux' && (Number.isNaN(files) || files > visitors + 2 * ofOne)

/** Those that are connected, and how each connection began: with an answer, or closed without a word. */
class Idlers {
  readonly open = new Set<Socket>()
  most = 0
  answered = 0
  refused = 0
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  /** So many, a hundred at once; `before`: what each says first. */
  async come(count: number, localAddress: string, before = ''): Promise<void> {
    let next = 0
    const comeByTurns = async () => {
      while (next++ < count) await this.#one(localAddress, before)
    }
    await Promise.all(Array.from({ length: 100 }, comeByTurns))
  }

  async #one(localAddress: string, before: string): Promise<void> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', localAddress })
    socket.on('error', () => {})
    socket.once('close', () => this.open.delete(socket))
    socket.write(`${before}GET / HTTP/1.1\r\nHost: gw\r\n\r\n`)
    const isAnswered = await Promise.race([
      once(socket, 'data').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.resume()
    if (!isAnswered) {
      this.refused++
      return
    }
    this.answered++
    this.open.add(socket)
    this.most = Math.max(this.most, this.open.size)
  }
}

describe.skipIf(!areEnough)(`idle visitors [need ${visitors + 2 * ofOne} open files: ulimit -n]`, () => {
  afterEach(stopAll)

  it('10 000 at once leave others served, take little memory each, and are let go in time; one address has no more than its number', {
    timeout: 120_000,
  }, async ({ annotate }) => {
    const folder = temporaryFolder({
      'balance.bin': '/~~srv=mypassword1234#:*;\n',
      'tildegate.toml': `[limits]\nkeepAliveIdleMs = ${letGoMs}\nconnectionsPerAddress = ${ofOne}\n`,
    })
    const site = await startSiteProgram('home')
    const options = [
      '--balance',
      join(folder, 'balance.bin'),
      '--log-level',
      'error',
      '--proxy-protocol',
      balancer,
    ]
    const gateway = await startGateway(['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', ...options])
    const [, admin] = await gateway.program.line(/^admin ready (\S+)$/)
    const agent = await startAgent(['--line', `/~~srv=mypassword1234#${gateway.host} => ${site.url};`])
    const openNow = async () => {
      const text = await (await fetch(`${admin}/metrics`)).text()
      return Number(/^tildegate_open_connections (\d+)$/m.exec(text)?.[1])
    }
    const serves = async (times: number) => {
      for (let at = 0; at < times; at++) expect(await (await fetch(agent.url)).text()).toBe('hello from home')
    }
    await serves(100)
    const [restingMiB, restingOpen] = [residentMiB(gateway.program.pid), await openNow()]

    const idlers = new Idlers(Number(new URL(gateway.url).port))
    const coming = idlers.come(visitors, '127.0.0.1')
    await serves(100)
    await coming
    const kiBEach = ((residentMiB(gateway.program.pid) - restingMiB) * 1024) / idlers.most
    expect({ answered: idlers.answered, refused: idlers.refused }).toEqual({ answered: visitors, refused: 0 })
    await annotate(`${idlers.most} at once, ${kiBEach.toFixed(0)} KiB each`)
    expect(kiBEach).toBeLessThan(maxKiBEach)
    await serves(100)

    const greedy = new Idlers(Number(new URL(gateway.url).port))
    await greedy.come(ofOne + 500, balancer, 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n')
    expect(greedy.most).toBeLessThanOrEqual(ofOne)
    expect(greedy.refused).toBeGreaterThan(0)
    await serves(100)

    await expect.poll(() => idlers.open.size + greedy.open.size, { timeout: 60_000 }).toBe(0)
    // What the agent has, and the visitors of this test.
    await expect.poll(openNow).toBeLessThanOrEqual(restingOpen + 8)
    await serves(1)
  })
})
