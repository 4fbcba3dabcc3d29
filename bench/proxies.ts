/**
 * `npm run bench:proxies`: what a cascade of two NTLM proxies costs a warm request, in the proxy lab (tests/lab). Both roads to
 * the same site are measured in one run, in turns and in rounds, over equally many connections, so that the machine's speed and its other
 * work cancel out. The last lines are a bare TCP echo on the same two roads: what the proxies themselves take to pass bytes on.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { hopResolver } from '../agent/index.ts'
import { createDialer } from '../net/dial/index.ts'
import { systemClock, systemRandom } from '../net/world.ts'
import { parseBackbalance } from '../shared/balance/index.ts'
import { howToGetIt, isLabUp, ntlmCascade } from '../tests/lab/lab.ts'
import { startAgent, startGateway, startSiteProgram, stopAll } from '../tests/support/programs.ts'

const hops = ntlmCascade.map(hop => ` -> ${hop}`).join('')
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20)
/** Of a single visitor in a round. */
const requests = Number(process.env['BENCH_REQUESTS'] ?? 200)

/** One request, or one word to the echo; resolves when its answer is whole. */
type Ask = () => Promise<void>
interface Road {
  /** So many visitors, each with a connection of its own. */
  open(visitors: number): Promise<{ asks: readonly Ask[]; close(): void }>
}

function site(url: string): Road {
  return {
    open: async visitors => {
      const agents = Array.from({ length: visitors }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
      return {
        asks: agents.map(agent => async () => {
          const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage]
          response.resume()
          await once(response, 'end')
          if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`)
        }),
        close: () => {
          for (const agent of agents) agent.destroy()
        },
      }
    },
  }
}

/** The echo: a word as long as a request, sent back as long as an answer. */
function echo(hops: string, port: number): Road {
  const [entry] = parseBackbalance(`/~~a=pw#http://127.0.0.1:${port}${hops};`, 'line').entries
  if (entry === undefined) throw new Error('not an entry')
  const resolveHops = hopResolver({ environment: {} })
  const dialer = createDialer({ clock: systemClock, random: systemRandom, resolveHops })
  const dial = async (): Promise<Duplex> =>
    (await dialer.dial(entry, { signal: AbortSignal.timeout(30_000) })).socket
  return {
    open: async visitors => {
      const sockets = await Promise.all(Array.from({ length: visitors }, dial))
      return {
        asks: sockets.map(socket => async () => {
          socket.write(Buffer.alloc(200))
          await once(socket, 'data')
        }),
        close: () => {
          for (const socket of sockets) socket.destroy()
        },
      }
    },
  }
}

/** Each visitor asks so often, one after the other, all visitors at once; milliseconds of each. */
async function load(asks: readonly Ask[], times: number): Promise<number[]> {
  const took: number[] = []
  await Promise.all(
    asks.map(async ask => {
      for (let i = 0; i < times; i++) {
        const begin = performance.now()
        await ask()
        took.push(performance.now() - begin)
      }
    }),
  )
  return took
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN

/** Both roads in turns; the first rounds warm up. */
async function compare(what: string, visitors: number, times: number, direct: Road, cascade: Road) {
  const ways = [
    { took: [] as number[], ...(await direct.open(visitors)) },
    { took: [] as number[], ...(await cascade.open(visitors)) },
  ] as const
  for (let round = -Math.min(5, rounds); round < rounds; round++) {
    for (const { asks, took } of round % 2 === 0 ? ways : ways.toReversed()) {
      const some = await load(asks, times)
      if (round >= 0) took.push(...some)
    }
  }
  const [without, through] = ways.map(({ took, close }) => {
    close()
    return median(took)
  }) as [number, number]
  return {
    what,
    visitors,
    'p50 without, ms': without.toFixed(3),
    'p50 through, ms': through.toFixed(3),
    'added, ms': (through - without).toFixed(3),
    ratio: (through / without).toFixed(3),
  }
}

if (!isLabUp) throw new Error(howToGetIt)
const folder = mkdtempSync(join(tmpdir(), 'tildegate-bench-'))
const server = createServer({ noDelay: true }, socket => {
  socket.on('error', () => {})
  socket.pipe(socket)
}).listen(0, '127.0.0.1')
try {
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const target = await startSiteProgram('bench')
  const balance = join(folder, 'balance.bin')
  writeFileSync(balance, '/~~direct=benchmark#:*;\n/~~cascade=benchmark#:*;\n', { mode: 0o600 })
  const gateway = await startGateway(['--listen', '127.0.0.1:0', '--balance', balance, '--log-level', 'warn'])
  const through = (name: string, hops: string) =>
    startAgent(['--line', `/~~${name}=benchmark#${gateway.host}${hops} => ${target.url};`])
  const direct = await through('direct', '')
  const cascade = await through('cascade', hops)
  const rows = []
  for (const [visitors, times] of [
    [1, requests],
    [100, 3],
  ] as const) {
    for (const [what, path] of [
      ['a site that answers at once', ''],
      ['a site that takes 10 ms', 'after/10'],
      ['a site that takes 50 ms', 'after/50'],
    ] as const) {
      rows.push(
        await compare(what, visitors, times, site(`${direct.url}${path}`), site(`${cascade.url}${path}`)),
      )
    }
    rows.push(await compare('a bare echo', visitors, times, echo('', port), echo(hops, port)))
  }
  console.table(rows)
} finally {
  await stopAll()
  server.close()
  rmSync(folder, { recursive: true, force: true })
}
