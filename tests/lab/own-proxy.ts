/** A Squid of a test's own, like one of the lab's but on another port, so that it may be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { labFolder } from './lab.ts'

const startMs = 30_000

export interface OwnProxy {
  readonly port: number
  /** Resolves when it takes connections. */
  start(): Promise<void>
  /** At once, with all its connections (SIGKILL). */
  kill(): Promise<void>
  /** Kills it and clears up after it. */
  remove(): Promise<void>
}

/** `like`: the port of the lab's proxy whose settings it takes; `folder` holds its configuration. The caller removes it. */
export async function ownProxy(like: number, folder: string): Promise<OwnProxy> {
  const port = await freePort()
  const name = `tildegate${port}`
  const configuration = join(folder, `squid-${port}.conf`)
  const original = readFileSync(join(labFolder, 'conf', `squid-${like}.conf`), 'utf8')
  // Few helpers for logins at the start: each takes a moment of the processor.
  const quick = original
    .replaceAll(String(like), String(port))
    .replace('startup=4 idle=2', 'startup=1 idle=1')
  writeFileSync(configuration, quick)
  let squid: ChildProcess | undefined

  async function kill(): Promise<void> {
    if (squid === undefined || squid.exitCode !== null || squid.signalCode !== null) return
    squid.kill('SIGKILL')
    await once(squid, 'close')
  }

  return {
    port,
    kill,
    async start() {
      squid = spawn('squid', ['-N', '-n', name, '-f', configuration], { stdio: 'ignore' })
      await untilListening(port, squid)
    },
    async remove() {
      await kill()
      for (const file of readdirSync('/dev/shm'))
        if (file.startsWith(`${name}-`)) rmSync(join('/dev/shm', file))
      for (const kind of ['access', 'cache'])
        rmSync(join(labFolder, 'log', `${kind}-${port}.log`), { force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilListening(port: number, squid: ChildProcess): Promise<void> {
  for (const end = performance.now() + startMs; performance.now() < end; ) {
    if (squid.exitCode !== null) throw new Error(`squid ended with status ${squid.exitCode}`)
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      // Not yet.
    } finally {
      socket.destroy()
    }
  }
  throw new Error('squid does not listen')
}
