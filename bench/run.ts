/**
 * `npm run bench`: requests per second, latency and throughput of each road to the same site, measured one
 * after the other in one run and given as ratios to the first, so that the machine's speed cancels out.
 * Roads: the site itself; a direct entry (the gateway as a plain reverse proxy); the tunnel over plain HTTP
 * (inner TLS) and over TLS (proven end to end); as peers, where they are installed, nginx as a plain reverse proxy and a reverse tunnel
 * of OpenSSH (`ssh -R`), which is sealed as ours are but is one connection for all visitors.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { startAgent, startGateway, startSiteProgram, stopAll } from '../tests/support/programs.ts'
import { startNginx } from './nginx.ts'
import { startReverseSsh } from './reverse-ssh.ts'

const seconds = Number(process.env['BENCH_SECONDS'] ?? 5)
const connections = 50
const bodyBytes = 256 * 2 ** 20

interface Figures {
  readonly road: string
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mebibytesPerSecond: number
}

async function throughput(url: string): Promise<number> {
  const start = performance.now()
  const asked = url.startsWith('https:')
    ? request(`${url}bytes/${bodyBytes}`, { rejectUnauthorized: false }).end()
    : get(`${url}bytes/${bodyBytes}`)
  const [response] = await once(asked, 'response')
  response.resume()
  await once(response, 'end')
  return bodyBytes / 2 ** 20 / ((performance.now() - start) / 1000)
}

async function measure(road: string, url: string): Promise<Figures> {
  await autocannon({ url, connections, duration: 1 })
  const load = await autocannon({ url, connections, duration: seconds })
  if (load.errors + load.non2xx > 0) throw new Error(`${road}: ${load.errors} errors, ${load.non2xx} not 2xx`)
  return {
    road,
    requestsPerSecond: load.requests.average,
    p50Ms: load.latency.p50,
    p99Ms: load.latency.p99,
    mebibytesPerSecond: await throughput(url),
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tildegate-bench-'))
try {
  const site = await startSiteProgram('bench')
  const balance = join(folder, 'balance.bin')
  writeFileSync(
    balance,
    `/~~plain=benchmark#:*;\n/~~proven=benchmark#:*;\n/~~direct=127.0.0.1:${site.port};\n`,
    { mode: 0o600 },
  )
  const flags = ['--balance', balance, '--log-level', 'warn']
  const plain = await startGateway(['--listen', '127.0.0.1:0', ...flags])
  const tls = await startGateway(['--listen-tls', '127.0.0.1:0', ...flags])
  const plainAgent = await startAgent(['--line', `/~~plain=benchmark#${plain.url} => ${site.url};`])
  const provenAgent = await startAgent(['--line', `/~~proven=benchmark#${tls.url} => ${site.url};`])
  const nginx = await startNginx(folder, site.port)
  const ssh = await startReverseSsh(folder, site.port)

  const figures = [await measure('the site itself', `${site.url}/`)]
  if (nginx) figures.push(await measure('nginx as reverse proxy', `${nginx.url}/`))
  figures.push(await measure('direct entry', `${plain.url}/~~direct/`))
  figures.push(await measure('tunnel, plain outside', plainAgent.url))
  figures.push(await measure('tunnel, TLS outside', provenAgent.url))
  if (ssh) figures.push(await measure('ssh -R', `${ssh.url}/`))
  nginx?.stop()
  ssh?.stop()

  const base = figures[0]
  console.table(
    figures.map(row => ({
      road: row.road,
      'requests/s': Math.round(row.requestsPerSecond),
      ratio: (row.requestsPerSecond / (base?.requestsPerSecond ?? 1)).toFixed(3),
      'p50 ms': row.p50Ms,
      'p99 ms': row.p99Ms,
      'MiB/s': Math.round(row.mebibytesPerSecond),
      'MiB/s ratio': (row.mebibytesPerSecond / (base?.mebibytesPerSecond ?? 1)).toFixed(3),
    })),
  )
} finally {
  await stopAll()
  rmSync(folder, { recursive: true, force: true })
}
