/** Pebble, a certificate authority for tests, as a process of one test, and the name server that it asks. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { AcmeOptions } from '../../gateway/acme/acme-options.ts'
import { makeSelfSigned } from '../../gateway/listen/self-signed.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { temporaryFolder } from '../support/files.ts'
import { listening } from '../support/listening.ts'

const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const program = join(process.env['TILDEGATE_PEBBLE'] ?? join(cache, 'tildegate-pebble'), 'pebble')

export const hasPebble = existsSync(program)

/** Where the authority looks for us, and it is. */
export interface AcmePorts {
  readonly http: number
  readonly tls: number
  readonly directory: number
  readonly management: number
}

export async function choosePorts(): Promise<AcmePorts> {
  const [http, tls, directory, management] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  return { http, tls, directory, management }
}

/** Below those that the system gives out by itself, so that it stays free until somebody listens there. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 21_000 + Math.floor(systemRandom.fraction() * 10_000)
    const server = createServer()
    const isFree = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    server.close()
    if (isFree) return port
  }
}

export interface PebbleOptions {
  readonly ports: AcmePorts
  /** Of the certificates it gives. */
  readonly lifeSeconds?: number
}

const own = await makeSelfSigned(['127.0.0.1', 'localhost'], 10, { clock: systemClock, random: systemRandom })

/** `names` resolve to 127.0.0.1, all but those that begin with `nowhere`. */
export function acmeOptions(
  ports: AcmePorts,
  names: readonly string[],
  more: Partial<AcmeOptions> = {},
): AcmeOptions {
  return {
    names,
    agreesToTerms: true,
    directoryUrl: `https://127.0.0.1:${ports.directory}/dir`,
    directoryCa: own.cert,
    ...more,
  }
}

/** Resolves when it answers; ends with the test, or before by `stop`. */
export async function startPebble({ ports, lifeSeconds = 7_776_000 }: PebbleOptions) {
  const names = await startNameServer()
  const folder = temporaryFolder({
    'cert.pem': own.cert,
    'key.pem': own.key,
    'pebble.json': JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${ports.directory}`,
        managementListenAddress: `127.0.0.1:${ports.management}`,
        certificate: 'cert.pem',
        privateKey: 'key.pem',
        httpPort: ports.http,
        tlsPort: ports.tls,
        ocspResponderURL: '',
        externalAccountBindingRequired: false,
        retryAfter: { authz: 1, order: 1 },
        keyAlgorithm: 'ecdsa',
        profiles: { default: { description: 'for tests', validityPeriod: lifeSeconds } },
      },
    }),
  })
  const pebble = spawn(program, ['-config', 'pebble.json', '-dnsserver', `127.0.0.1:${names}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Proofs are asked for each time, at once, and a quarter of all nonces is not believed.
    env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0', PEBBLE_WFE_NONCEREJECT: '25' },
  })
  const lines: string[] = []
  for (const stream of [pebble.stdout, pebble.stderr])
    stream.on('data', (text: Buffer) => lines.push(...String(text).split('\n')))
  const ended = once(pebble, 'close')
  const stop = async () => {
    pebble.kill('SIGKILL')
    await ended
  }
  onTestFinished(stop)
  const root = () => fetchText(`https://127.0.0.1:${ports.management}/roots/0`)
  await vi.waitFor(root, { timeout: 30_000, interval: 50 }).catch(() => {
    throw new Error(`Pebble does not answer\n${lines.join('\n')}`)
  })
  await vi.waitFor(() => fetchText(`https://127.0.0.1:${ports.directory}/dir`), {
    timeout: 30_000,
    interval: 50,
  })
  return {
    stop,
    root: await root(),
    count: (text: string) => lines.filter(line => line.includes(text)).length,
  }
}

async function fetchText(url: string): Promise<string> {
  const asking = get(url, { ca: own.cert, agent: false })
  const [answer] = (await once(asking, 'response')) as [import('node:http').IncomingMessage]
  let text = ''
  for await (const piece of answer) text += String(piece)
  return text
}

/** Answers each question for an address (RFC 1035, by TCP, as Pebble asks): 127.0.0.1, or 127.0.0.2, where nobody listens. */
function startNameServer(): Promise<number> {
  const server = createServer(socket => {
    let seen = Buffer.alloc(0)
    socket.on('data', bytes => {
      seen = Buffer.concat([seen, bytes])
      while (seen.length >= 2 && seen.length >= 2 + seen.readUInt16BE()) {
        const answer = answerTo(seen.subarray(2, 2 + seen.readUInt16BE()))
        seen = seen.subarray(2 + seen.readUInt16BE())
        socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 0xff]), answer]))
      }
    })
  })
  return listening(server)
}

function answerTo(query: Buffer): Buffer {
  let end = 12
  while ((query[end] ?? 0) !== 0) end += (query[end] ?? 0) + 1
  const question = query.subarray(12, end + 5)
  const isAddress = question.readUInt16BE(question.length - 4) === 1
  const isNowhere = question.subarray(1).toString('latin1').startsWith('nowhere')
  const head = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x85, 0x80, 0, 1, 0, isAddress ? 1 : 0, 0, 0, 0, 0])
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, isNowhere ? 2 : 1])
  return Buffer.concat([head, question, ...(isAddress ? [answer] : [])])
}
