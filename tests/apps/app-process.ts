/**
 * A real application as a process of its own, on a free port of 127.0.0.1, in a folder of its own; all of it is
 * gone when the test file is done. `install.sh` installs them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const readyMs = 60_000
const lookEveryMs = 100

const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const appsFolder = process.env['TILDEGATE_APPS'] ?? join(cache, 'tildegate-apps')

/** A file of an application that came from npm or pip. */
export function fromCache(...path: string[]): string {
  return join(appsFolder, ...path)
}

/** Files by their paths, commands by their names. */
export function areThere(...parts: string[]): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return parts.every(part =>
    part.includes('/') ? existsSync(part) : folders.some(folder => existsSync(join(folder, part))),
  )
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const running = new Set<AppProcess>()
const folders: string[] = []

/** Gone with the applications. */
export function appFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tildegate-app-'))
  folders.push(folder)
  return folder
}

export interface AppOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** One of these: answers, with whatever status, when the application is ready. */
  readonly readyUrl?: string
  /** Takes connections then. */
  readonly readyPort?: number
  /** Is written then. */
  readonly readyOutput?: string
}

export class AppProcess {
  readonly #child: ChildProcess
  /** Both outputs, for the message when something goes wrong. */
  output = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (bytes: Buffer) => {
        this.output = (this.output + bytes.toString('utf8')).slice(-20_000)
      })
    running.add(this)
  }

  /** Resolves when it answers. */
  static async start(command: string, args: readonly string[], options: AppOptions): Promise<AppProcess> {
    // A group of its own, so that its children end with it.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const app = new AppProcess(child)
    const deadline = Date.now() + readyMs
    while (!(await app.#isReady(options))) {
      if (app.#isOver || Date.now() > deadline) throw new Error(`${command} is not ready:\n${app.output}`)
      await pause(lookEveryMs)
    }
    return app
  }

  async #isReady({ readyUrl, readyPort, readyOutput }: AppOptions): Promise<boolean> {
    if (readyOutput !== undefined) return this.output.includes(readyOutput)
    const socket = connect({ host: '127.0.0.1', port: readyPort ?? Number(new URL(readyUrl ?? '').port) })
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (!isOpen || readyUrl === undefined) return isOpen
    return fetch(readyUrl, { redirect: 'manual' }).then(
      answer => answer.body?.cancel().then(() => true) ?? true,
      () => false,
    )
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async stop(): Promise<void> {
    running.delete(this)
    if (this.#isOver || this.#child.pid === undefined) return
    process.kill(-this.#child.pid, 'SIGKILL')
    await once(this.#child, 'exit')
  }
}

export async function stopApps(): Promise<void> {
  await Promise.all([...running].map(app => app.stop()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
}
