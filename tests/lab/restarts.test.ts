/**
 * A proxy that is killed and started again, 100 times, under visitors' load: both tunnels through it are back within 5 s of its return, the
 * agent keeps its names and the visitors their connections to the gateway, and neither program keeps a socket or memory.
 */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import autocannon, { type Instance } from 'autocannon'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { dumped } from '../support/dumps.ts'
import { temporaryFolder } from '../support/files.ts'
import { type Program, startGateway, startProgram, startSiteProgram, stopAll } from '../support/programs.ts'
import { at, howToGetIt, isLabUp, of, ports } from './lab.ts'
import { ownProxy } from './own-proxy.ts'

const cycles = 100
/** Everything that is made once is there by then. */
const warmCycles = 20
const backMs = 5_000
/** By how much the objects alive may differ between two moments under load. */
const flatRatio = 1.1
/** The page; not connected, lost in the middle, busy, too slow. */
const ownPages = ['200', '404', '502', '503', '504']
const names = ['first', 'second'] as const

const openFiles = ({ pid }: Program) => readdirSync(`/proc/${pid}/fd`).length
/** How many objects are alive in it. Its resident memory tells little: V8 lets it grow by half before it collects. */
async function objectsAlive(program: Program, folder: string): Promise<number> {
  const { text } = await dumped(program, 'SIGWINCH', folder, /\.heapsnapshot$/)
  const { snapshot } = JSON.parse(text.toString()) as { snapshot: { node_count: number } }
  return snapshot.node_count
}

/** The state after as many of its kind as there are now. */
function nextState(agent: Program, tunnel: string, state: string): Promise<unknown> {
  const pattern = new RegExp(`"tunnel":"${tunnel}","state":"${state}"`)
  return agent.line(pattern, 20_000, agent.stdout.filter(line => pattern.test(line)).length)
}

describe.skipIf(!isLabUp)(`a real proxy that is restarted ${howToGetIt}`, () => {
  afterEach(stopAll)

  it(`${cycles} times under load is in use again within 5 s each time, and nothing is lost or kept`, {
    timeout: 300_000,
  }, async () => {
    const folder = temporaryFolder({ 'balance.bin': names.map(name => `/~~${name}=pw#:*;\n`).join('') })
    const proxy = await ownProxy(ports.ntlm, folder)
    onTestFinished(() => proxy.remove())
    await proxy.start()
    const site = await startSiteProgram('home')
    const env = { NODE_OPTIONS: `--heapsnapshot-signal=SIGWINCH --diagnostic-dir=${folder}` }
    const gateway = await startGateway(
      ['--listen', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')],
      { env },
    )
    const own = at(proxy.port, of('alice', 'LAB'))
    const lines = [
      `/~~first=pw#${gateway.host} -> ${own} => ${site.url};`,
      `/~~second=pw#${gateway.host} -> ${at(ports.ntlm, of('bob', 'LAB'))} -> ${own} => ${site.url};`,
    ]
    const agent = startProgram(['agent', '--status-json', ...lines.flatMap(line => ['--line', line])], {
      env,
    })
    await Promise.all(names.map(name => agent.line(new RegExp(`^agent ready /~~${name} `))))

    const kill = async () => {
      const lost = Promise.all(names.map(name => nextState(agent, name, 'waiting')))
      await proxy.kill()
      await lost
    }
    // One connection to the gateway, for all its requests.
    const visitor = new Agent({ keepAlive: true, maxSockets: 1 })
    const visitorPorts = new Set<number | undefined>()
    const visit = async (name: string) => {
      const asked = get(`${gateway.url}/~~${name}/`, { agent: visitor })
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      visitorPorts.add(response.socket.localPort)
      response.resume()
      await once(response, 'end')
      return response.statusCode
    }
    const start = async () => {
      const back = Promise.all(names.map(name => nextState(agent, name, 'established')))
      await proxy.start()
      const begin = performance.now()
      await back
      for (const name of names) expect(await visit(name)).toBe(200)
      return performance.now() - begin
    }

    await kill()
    await start()
    await kill()
    const idleFiles = [openFiles(agent), openFiles(gateway.program)] as const
    await start()
    const loads = names.map(name =>
      autocannon({ url: `${gateway.url}/~~${name}/`, connections: 5, overallRate: 50, duration: 600 }),
    )
    const took: number[] = []
    const programs = [agent, gateway.program]
    const alive: number[][] = []
    for (let cycle = 0; cycle < cycles; cycle++) {
      await kill()
      took.push(await start())
      if (cycle !== warmCycles && cycle !== cycles - 1) continue
      const counts = []
      for (const program of programs) counts.push(await objectsAlive(program, folder))
      alive.push(counts)
    }
    for (const load of loads) (load as unknown as Instance).stop()
    const results = await Promise.all(loads)
    await kill()

    expect(Math.max(...took)).toBeLessThan(backMs)
    // Sockets as at the beginning, but for a look at the proxy under way.
    await expect.poll(() => openFiles(agent)).toBeLessThanOrEqual(idleFiles[0] + names.length)
    await expect.poll(() => openFiles(gateway.program)).toBeLessThanOrEqual(idleFiles[1])
    const [warm = [], last = []] = alive
    programs.forEach((_, i) => {
      expect((last[i] ?? Number.NaN) / (warm[i] ?? Number.NaN)).toBeLessThan(flatRatio)
    })
    // The names were free for the agent at once each time, and no visitor met anything but a page or one of our own.
    const codes = agent.stdout.flatMap(line => /"code":"([^"]+)"/.exec(line)?.[1] ?? [])
    expect(codes.filter(code => code !== 'connection-lost' && !/^proxy-(?!auth)/.test(code))).toEqual([])
    expect(agent.stdout.filter(line => line.includes('"state":"needsUser"'))).toEqual([])
    expect(visitorPorts.size).toBe(1)
    for (const { errors, timeouts, statusCodeStats = {} } of results) {
      expect({ errors, timeouts }).toEqual({ errors: 0, timeouts: 0 })
      expect(Object.keys(statusCodeStats)).toContain('200')
      expect(ownPages).toEqual(expect.arrayContaining(Object.keys(statusCodeStats)))
    }
  })
})
