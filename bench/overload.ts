/**
 * `npm run bench:overload`: what an attacker costs the other visitors of a tunnel. Visitors come at a fixed rate; quiet and attacked phases
 * take turns within one run, so that the machine's speed and its other work cancel out, and the ratio of their latencies counts. nginx before
 * the same site is attacked in the same way, where it is installed.
 *
 * Gateway and nginx have a core to themselves. Site, agent, visitors and attacker (bench/attacks.ts) share the other, all but the attacker with
 * real-time priority: what it computes, and what else this computer does, is no load of the gateway. Needs root and Linux for that.
 */
import { spawnSync } from 'node:child_process'
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
import { startNginx } from './nginx.ts'

const attacker = fileURLToPath(new URL('./attacks.ts', import.meta.url))
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3)
const seconds = Number(process.env['BENCH_SECONDS'] ?? 5)
const visitsPerSecond = 100
const visitors = 20
const canPin = cpus().length > 1 && spawnSync('taskset', ['-V']).status === 0
const lowest = 'echo 19 > /proc/self/autogroup 2>/dev/null; exec nice -n 19 "$@"'
const isRealTime = spawnSync('chrt', ['-r', '1', 'true']).status === 0
const onCore = (core: number) => (canPin ? ['taskset', '-c', String(core)] : [])
/** What is not, behind the kernel's own thread that delivers packets: in a session of its own, whose priority as a whole counts there. */
const last = {
  within: isRealTime ? ['chrt', '-o', '0', 'setsid', ...onCore(1), 'sh', '-c', lowest, 'sh'] : onCore(1),
}
/** What is measured. */
const first = (core: number) => ({ within: [...onCore(core), ...(isRealTime ? ['chrt', '-r', '1'] : [])] })

const attacks: readonly (readonly [kind: string, what: string])[] = [
  ['idle', '10 000 visitors of 400 addresses that asked once and rest'],
  ['idle-of-one', '10 000 of one address that do, and come again'],
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

interface Victim {
  readonly name: string
  readonly url: string
  readonly port: string
  readonly tlsPort?: string
  readonly base: string
  readonly pid?: number
}

class Visits {
  readonly ms: number[] = []
  failed = 0

  /** At a fixed rate, whatever the answers do; the time runs from when a visit was due. */
  async take(url: string, agent: Agent, isOver: (passedMs: number) => boolean): Promise<void> {
    const began = performance.now()
    const visits: Promise<void>[] = []
    for (let at = 0; !isOver(performance.now() - began); at++) {
      const wait = began + (at * 1_000) / visitsPerSecond - performance.now()
      if (wait > 0) await pause(wait)
      // A timer may be up to a millisecond early; a visit that begins late waits since it was due.
      const due = performance.now() + Math.min(0, wait)
      visits.push(
        ask(url, agent).then(
          () => void this.ms.push(performance.now() - due),
          () => void this.failed++,
        ),
      )
    }
    await Promise.all(visits)
  }

  quantile(part: number): number {
    return this.ms.toSorted((a, b) => a - b)[Math.floor(this.ms.length * part)] ?? Number.NaN
  }
}

async function ask(url: string, agent: Agent): Promise<void> {
  const asking = get(url, { agent, signal: AbortSignal.timeout(30_000) })
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
}

async function measure(kind: string, { url, port, tlsPort = '', base, pid }: Victim) {
  const [quiet, beginning, attacked] = [new Visits(), new Visits(), new Visits()]
  const forSeconds = (passedMs: number) => passedMs > seconds * 1_000
  let most = 0
  for (let round = 0; round < rounds; round++) {
    const agent = new Agent({ keepAlive: true, maxSockets: visitors })
    const attack = startScript(attacker, [kind, '127.0.0.1', port, tlsPort, base], last)
    await attack.line(/^ready$/)
    // To warm up.
    await new Visits().take(url, agent, passedMs => passedMs > 1_000)
    await quiet.take(url, agent, forSeconds)
    let isOn = false
    void attack.line(/^on$/).then(() => (isOn = true))
    attack.signal('SIGUSR2')
    await beginning.take(url, agent, () => isOn)
    await attacked.take(url, agent, forSeconds)
    if (pid !== undefined) most = Math.max(most, residentMiB(pid))
    attack.signal('SIGKILL')
    await attack.ended
    agent.destroy()
    // What it left behind is over when its connections are.
    await pause(1_000)
  }
  const ratio = (part: number) => (attacked.quantile(part) / quiet.quantile(part)).toFixed(2)
  return {
    'p50 quiet, ms': quiet.quantile(0.5).toFixed(2),
    'p99 quiet, ms': quiet.quantile(0.99).toFixed(2),
    'p99 attacked, ms': attacked.quantile(0.99).toFixed(2),
    'p50 ratio': ratio(0.5),
    'p99 ratio': ratio(0.99),
    'p99 ratio while it begins':
      beginning.ms.length < 100 ? '' : (beginning.quantile(0.99) / quiet.quantile(0.99)).toFixed(2),
    failed: `${quiet.failed} / ${beginning.failed + attacked.failed}`,
    MiB: pid === undefined ? '' : most.toFixed(0),
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tildegate-bench-'))
const stops: (() => void)[] = []
try {
  const site = await startSiteProgram('bench', 0, first(1))
  const balance = join(folder, 'balance.bin')
  writeFileSync(balance, '/~~bench=benchmark#:*;\n', { mode: 0o600 })
  const listen = [
    '--listen',
    '127.0.0.1:0',
    '--listen-tls',
    '127.0.0.1:0',
    '--proxy-protocol',
    '127.0.9.0/24',
  ]
  const gateway = startProgram(['gateway', ...listen, '--balance', balance, '--log-level', 'error'], first(0))
  const [, port = ''] = await gateway.line(/^gateway ready http:\S+:(\d+)$/)
  const [, tlsPort = ''] = await gateway.line(/^gateway ready https:\S+:(\d+)$/)
  const line = `/~~bench=benchmark#http://127.0.0.1:${port} => ${site.url};`
  const { url } = await startAgent(['--line', line], first(1))
  const victims: Victim[] = [{ name: 'gateway', url, port, tlsPort, base: '/~~bench/', pid: gateway.pid }]
  const nginx = await startNginx(folder, site.port, { ...first(0), connections: 16_384 })
  if (nginx !== undefined) {
    stops.push(nginx.stop)
    victims.push({ name: 'nginx', url: nginx.url, port: String(nginx.balancedPort), base: '/' })
  }
  if (canPin) spawnSync('taskset', ['-apc', '1', String(process.pid)])
  if (isRealTime) spawnSync('chrt', ['-apr', '1', String(process.pid)])
  else console.log('Not root: what else the computer does has no lower priority.')
  const only = process.env['BENCH_ATTACK']?.split(',')
  const rows = []
  for (const [kind, what] of attacks) {
    if (only !== undefined && !only.includes(kind)) continue
    for (const victim of victims)
      if (kind !== 'tls-handshakes' || victim.tlsPort !== undefined)
        rows.push({ attack: what, at: victim.name, ...(await measure(kind, victim)) })
  }
  const [cpu] = cpus()
  const pinned = canPin ? 'pinned' : 'not pinned'
  console.log(
    `${cpus().length} × ${cpu?.model.trim()}, ${pinned}, ${visitsPerSecond} visits a second, ${rounds} rounds of ${seconds} s`,
  )
  console.table(rows)
} finally {
  for (const stop of stops) stop()
  await stopAll()
  rmSync(folder, { recursive: true, force: true })
}
