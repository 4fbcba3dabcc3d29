/**
 * The real programs as child processes: `tildegate gateway` and `tildegate agent` as built, on loopback.
 * Each is ended by its own handle; `stopAll` in afterEach leaves none behind.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const siteMain = fileURLToPath(new URL('./site-main.ts', import.meta.url))
const readyMs = 60_000

const running = new Set<Program>()

export interface Program {
  readonly process: ChildProcess
  readonly pid: number
  /** All lines of standard output so far. */
  readonly stdout: string[]
  readonly stderr: string[]
  /** The first line of standard output that matches, past or to come; `skip`: after so many others that match. */
  line(pattern: RegExp, withinMs?: number, skip?: number): Promise<RegExpMatchArray>
  /** The first line of standard error that matches, past or to come. */
  logged(pattern: RegExp, withinMs?: number, skip?: number): Promise<RegExpMatchArray>
  signal(name: NodeJS.Signals): void
  /** Resolves with the exit status, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

function watch(stream: NodeJS.ReadableStream, lines: string[], arrived: () => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    if (parts.length > 0) arrived()
  })
}

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** A command that runs the program, for example `ip netns exec NAME`. */
  readonly within?: readonly string[]
  /** All of its standard input. */
  readonly input?: string | Uint8Array
}

/** `tildegate ARGS` as built. */
export function startProgram(args: readonly string[], options?: ProgramOptions): Program {
  return startScript(main, args, options)
}

/** Made by a program that remembers something, and removed when it ends. What one has a proxy refuse, no other knows. */
function freshStateFolder(): string {
  return join(tmpdir(), `tildegate-state-${process.pid}-${randomUUID()}`)
}

export function startScript(script: string, args: readonly string[], options?: ProgramOptions): Program {
  return startCommand([process.execPath, script, ...args], options)
}

export function startCommand(words: readonly string[], options: ProgramOptions = {}): Program {
  const state = freshStateFolder()
  const [command = '', ...rest] = [...(options.within ?? []), ...words]
  const child = spawn(command, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', STATE_DIRECTORY: state, ...options.env },
    cwd: options.cwd,
  })
  child.stdin.on('error', () => {})
  child.stdin.end(options.input)
  const stdout: string[] = []
  const stderr: string[] = []
  const listeners = new Set<() => void>()
  const arrived = () => {
    for (const listener of listeners) listener()
  }
  watch(child.stdout, stdout, arrived)
  watch(child.stderr, stderr, arrived)
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(program)
    rmSync(state, { recursive: true, force: true })
    arrived()
    return (code ?? signal) as number | NodeJS.Signals
  })

  function find(lines: string[], pattern: RegExp, withinMs: number, skip = 0): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => fail('did not come in time'), withinMs)
      const fail = (why: string) => {
        stop()
        reject(
          new Error(
            `${pattern} ${why}\nstdout:\n${stdout.join('\n')}\nstderr:\n${stderr.slice(-30).join('\n')}`,
          ),
        )
      }
      const stop = () => {
        clearTimeout(deadline)
        listeners.delete(look)
      }
      const look = () => {
        const match = lines.map(line => line.match(pattern)).filter(found => found !== null)[skip]
        if (match !== undefined) {
          stop()
          resolve(match)
          return
        }
        if (child.exitCode !== null || child.signalCode !== null)
          fail('did not come before the program ended')
      }
      listeners.add(look)
      look()
    })
  }

  const program: Program = {
    process: child,
    pid: child.pid ?? -1,
    stdout,
    stderr,
    line: (pattern, withinMs = readyMs, skip = 0) => find(stdout, pattern, withinMs, skip),
    logged: (pattern, withinMs = readyMs, skip = 0) => find(stderr, pattern, withinMs, skip),
    signal: name => {
      child.kill(name)
    },
    ended,
  }
  running.add(program)
  return program
}

export async function stopAll(): Promise<void> {
  await Promise.all(
    [...running].map(program => {
      program.signal('SIGCONT')
      program.signal('SIGKILL')
      return program.ended
    }),
  )
}

export async function startGateway(args: readonly string[], options: ProgramOptions = {}) {
  const program = startProgram(['gateway', ...args], options)
  const [, url] = await program.line(/^gateway ready (\S+)$/)
  return { program, url: url ?? '', host: new URL(url ?? '').host }
}

export async function startAgent(args: readonly string[], options: ProgramOptions = {}) {
  const program = startProgram(['agent', ...args], options)
  const [, name, url] = await program.line(/^agent ready \/~~(\S+) (\S+)$/)
  return { program, name: name ?? '', url: url ?? '' }
}

/** The site of `site.ts` in a process of its own; a port of 0 picks a free one. */
export async function startSiteProgram(label: string, port = 0, options: ProgramOptions = {}) {
  const program = startScript(siteMain, [label, String(port)], options)
  const [, actualPort] = await program.line(/^site ready (\d+)$/)
  return { program, port: Number(actualPort), url: `http://127.0.0.1:${actualPort}` }
}

/** Resident memory of a process, MiB (Linux). */
export function residentMiB(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(match?.[1]) / 1024
}
