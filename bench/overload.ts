/**
 * `npm run bench:overload`: what an attacker costs the other visitors of a tunnel. Visitors come at a fixed rate; quiet and attacked phases
 * take turns within one run, so that the machine's speed and its other work cancel out, and the ratio of their latencies counts. The attacker
 * (bench/attacks.ts) is a process of its own at another address. Site, agent, gateway, visitors and attacker share this machine.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  residentMiB,
  startAgent,
  startProgram,
  startScript,
  startSiteProgram,
  stopAll,
} from '../tests/support/programs.ts'

const attacker = fileURLToPath(new URL('./attacks.ts', import.meta.url))
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 4)
const seconds = Number(process.env['BENCH_SECONDS'] ?? 6)
const visitsPerSecond = 100
const visitors = 20
/** How an attack begins is told apart: it lasts longer than that. */
const onsetSeconds = 2

const attacks: readonly (readonly [kind: string, what: string])[] = [
  ['idle', '10 000 visitors that asked once and rest'],
  ['silent', '2 000 connections that say nothing'],
  ['slow-heads', '1 000 heads, a byte a second each'],
  ['slow-bodies', '400 uploads, a byte a second each'],
  ['huge-heads', '50 heads of 64 KiB a second'],
  ['many-fields', '150 heads of 1 900 fields a second'],
  ['garbage', '200 times garbage a second'],
  ['no-ticket', '200 false tickets a second'],
  ['reset', '400 connections reset a second'],
  ['tls-handshakes', '50 TLS handshakes a second'],
]

interface Taken {
  readonly ms: number[]
  failed: number
}

/** At a fixed rate, whatever the answers do; the time runs from when a visit was due. */
async function visit(url: string, agent: Agent, into: Taken, lasting = seconds): Promise<void> {
  const began = performance.now()
  const visits: Promise<void>[] = []
  for (let at = 0; at < lasting * visitsPerSecond; at++) {
    const due = began + (at * 1_000) / visitsPerSecond
    if (due > performance.now()) await pause(due - performance.now())
    visits.push(
      ask(url, agent).then(
        () => void into.ms.push(performance.now() - due),
        () => void into.failed++,
      ),
    )
  }
  await Promise.all(visits)
}

async function ask(url: string, agent: Agent): Promise<void> {
  const asking = get(url, { agent, signal: AbortSignal.timeout(30_000) })
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
}

const quantile = (ms: readonly number[], part: number) =>
  ms.toSorted((a, b) => a - b)[Math.floor(ms.length * part)] ?? Number.NaN

async function measure(
  [kind, what]: readonly [string, string],
  url: string,
  target: readonly string[],
  gatewayPid: number,
) {
  const quiet: Taken = { ms: [], failed: 0 }
  const onset: Taken = { ms: [], failed: 0 }
  const attacked: Taken = { ms: [], failed: 0 }
  let most = 0
  for (let round = 0; round < rounds; round++) {
    const agent = new Agent({ keepAlive: true, maxSockets: visitors })
    await visit(url, agent, round === 0 ? { ms: [], failed: 0 } : quiet)
    if (round === 0) await visit(url, agent, quiet)
    const attack = startScript(attacker, [kind, ...target])
    await attack.line(/^on$/)
    await visit(url, agent, onset, onsetSeconds)
    await visit(url, agent, attacked)
    most = Math.max(most, residentMiB(gatewayPid))
    attack.signal('SIGKILL')
    await attack.ended
    agent.destroy()
    // What it left behind is over when its connections are.
    await pause(1_000)
  }
  const [p99, p99Attacked] = [quantile(quiet.ms, 0.99), quantile(attacked.ms, 0.99)]
  return {
    attack: what,
    'p50 quiet, ms': quantile(quiet.ms, 0.5).toFixed(2),
    'p50 attacked': quantile(attacked.ms, 0.5).toFixed(2),
    'p99 quiet': p99.toFixed(2),
    'p99 attacked': p99Attacked.toFixed(2),
    'p99 ratio': (p99Attacked / p99).toFixed(2),
    'worst at its onset': Math.max(...onset.ms).toFixed(0),
    failed: `${quiet.failed} / ${onset.failed + attacked.failed}`,
    'gateway, MiB': most.toFixed(0),
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tildegate-bench-'))
try {
  const site = await startSiteProgram('bench')
  const balance = join(folder, 'balance.bin')
  writeFileSync(balance, '/~~bench=benchmark#:*;\n', { mode: 0o600 })
  const listen = ['--listen', '127.0.0.1:0', '--listen-tls', '127.0.0.1:0']
  const gateway = startProgram(['gateway', ...listen, '--balance', balance, '--log-level', 'error'])
  const [, port = ''] = await gateway.line(/^gateway ready http:\S+:(\d+)$/)
  const [, tlsPort = ''] = await gateway.line(/^gateway ready https:\S+:(\d+)$/)
  const { url } = await startAgent(['--line', `/~~bench=benchmark#http://127.0.0.1:${port} => ${site.url};`])
  const only = process.env['BENCH_ATTACK']
  const rows = []
  for (const attack of attacks)
    if (only === undefined || only === attack[0])
      rows.push(await measure(attack, url, ['127.0.0.1', port, tlsPort, 'bench'], gateway.pid))
  const [cpu] = cpus()
  console.log(
    `${cpus().length} × ${cpu?.model.trim()}, ${visitsPerSecond} visits a second, ${rounds} rounds of ${seconds} s`,
  )
  console.table(rows)
} finally {
  await stopAll()
  rmSync(folder, { recursive: true, force: true })
}
