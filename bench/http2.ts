/**
 * `npm run bench:http2`: what HTTP/2 costs visitors beside HTTP/1.1, through the same gateway, agent and site, one
 * after the other in one run, by clients of the same making (Node's). Ratios to HTTP/1.1, so that the machine's speed
 * cancels out.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { startAgent, startGateway, startSiteProgram, stopAll } from '../tests/support/programs.ts'

const seconds = Number(process.env['BENCH_SECONDS'] ?? 5)
const visitors = 50
const bodyBytes = 256 * 2 ** 20
const rejectUnauthorized = false

/** Asks for a path and takes the answer's body, or sends a body of so many bytes. */
interface Road {
  readonly name: string
  ask(path: string, uploadBytes?: number): Promise<void>
  close(): void
}

function byHttp1(origin: string): Road {
  const agent = new Agent({ keepAlive: true, maxSockets: visitors, rejectUnauthorized })
  return {
    name: `HTTP/1.1, ${visitors} connections`,
    async ask(path, uploadBytes) {
      const asked = request(origin + path, { agent, method: uploadBytes ? 'POST' : 'GET' })
      if (uploadBytes) await upload(asked, uploadBytes)
      else asked.end()
      const [response] = (await once(asked, 'response')) as [Readable]
      await taken(response)
    },
    close: () => agent.destroy(),
  }
}

function byHttp2(origin: string, connections: number): Road {
  const sessions = Array.from({ length: connections }, () =>
    connect(origin, { rejectUnauthorized, settings: { initialWindowSize: 4 * 2 ** 20 } }),
  )
  for (const session of sessions) session.once('connect', () => session.setLocalWindowSize(16 * 2 ** 20))
  let turn = 0
  return {
    name: `HTTP/2, ${connections} connection${connections === 1 ? '' : 's'}`,
    async ask(path, uploadBytes) {
      const session = sessions[turn++ % connections]
      if (session === undefined) return
      const stream = session.request(
        { ':path': path, ':method': uploadBytes ? 'POST' : 'GET' },
        { endStream: !uploadBytes },
      )
      if (uploadBytes) await upload(stream, uploadBytes)
      await taken(stream)
    },
    close() {
      for (const session of sessions) session.destroy()
    },
  }
}

async function taken(body: Readable): Promise<void> {
  body.resume()
  await once(body, 'end')
}

async function upload(to: NodeJS.WritableStream, bytes: number): Promise<void> {
  const piece = Buffer.alloc(64 * 1024)
  for (let sent = 0; sent < bytes; sent += piece.length) if (!to.write(piece)) await once(to, 'drain')
  to.end()
}

async function requests(road: Road, path: string, forMs: number) {
  const times: number[] = []
  const end = performance.now() + forMs
  const visit = async () => {
    while (performance.now() < end) {
      const start = performance.now()
      await road.ask(path)
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: visitors }, visit))
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.floor(times.length * part)] ?? 0
  return { perSecond: times.length / (forMs / 1000), p50: at(0.5), p99: at(0.99) }
}

async function mebibytesPerSecond(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return bodyBytes / 2 ** 20 / ((performance.now() - start) / 1000)
}

const folder = mkdtempSync(join(tmpdir(), 'tildegate-bench-'))
try {
  const site = await startSiteProgram('bench')
  const balance = join(folder, 'balance.bin')
  writeFileSync(balance, '/~~pc=benchmark#:*;\n', { mode: 0o600 })
  const gateway = await startGateway([
    '--listen-tls',
    '127.0.0.1:0',
    '--balance',
    balance,
    '--log-level',
    'warn',
  ])
  await startAgent(['--line', `/~~pc=benchmark#${gateway.url} => ${site.url};`])
  const rows: (Awaited<ReturnType<typeof requests>> & { name: string; down: number; up: number })[] = []
  for (const road of [byHttp1(gateway.url), byHttp2(gateway.url, 1), byHttp2(gateway.url, 10)]) {
    await requests(road, '/~~pc/', 1_000)
    const figures = await requests(road, '/~~pc/', seconds * 1_000)
    const down = await mebibytesPerSecond(() => road.ask(`/~~pc/bytes/${bodyBytes}`))
    const up = await mebibytesPerSecond(() => road.ask('/~~pc/hash', bodyBytes))
    rows.push({ name: road.name, ...figures, down, up })
    road.close()
  }
  const base = rows[0]
  const ratio = (one: number, other = 1) => (one / other).toFixed(2)
  console.table(
    rows.map(row => ({
      road: row.name,
      'requests/s': Math.round(row.perSecond),
      ratio: ratio(row.perSecond, base?.perSecond),
      'p50 ms': row.p50.toFixed(1),
      'p99 ms': row.p99.toFixed(1),
      'down MiB/s': Math.round(row.down),
      'down ratio': ratio(row.down, base?.down),
      'up MiB/s': Math.round(row.up),
      'up ratio': ratio(row.up, base?.up),
    })),
  )
} finally {
  await stopAll()
  rmSync(folder, { recursive: true, force: true })
}
