/**
 * `tildegate demo`: the same gateway and the same agent that `tildegate gateway` and `tildegate agent` start,
 * each in a process of its own, with a throw-away password and the agent's built-in sample site. That site has
 * no port: the gateway could not dial it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CommandFailure, type ExitStatus, exitStatus } from '../failure.ts'
import type { HostPort } from '../host-port.ts'
import { ownProgram } from '../own-program.ts'
import { runUntilStopped } from '../stopping.ts'

const readyMs = 20_000
const stopMs = 5_000

export async function runDemo(options: { readonly listen: HostPort }): Promise<ExitStatus> {
  const folder = mkdtempSync(join(tmpdir(), 'tildegate-demo-'))
  const password = randomBytes(18).toString('base64url')
  const programs: ChildProcess[] = []
  const stop = async () => {
    await Promise.all(programs.toReversed().map(stopProgram))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const balance = join(folder, 'balance.bin')
    writeFileSync(balance, `/~~demo=${password}#:*;\n`, { mode: 0o600 })
    const host = options.listen.host.includes(':') ? `[${options.listen.host}]` : options.listen.host
    const gateway = start(['gateway', '--listen', `${host}:${options.listen.port}`, '--balance', balance])
    programs.push(gateway)
    const gatewayUrl = await readyLine(gateway, /^gateway ready (\S+)$/)
    const entry = `/~~demo=env:TILDEGATE_DEMO_PASSWORD#${gatewayUrl};`
    const agent = start(['agent', '--line', entry, '--target', 'sample:'], {
      TILDEGATE_DEMO_PASSWORD: password,
    })
    programs.push(agent)
    const url = await readyLine(agent, /^agent ready \/~~demo (\S+)$/)
    process.stderr.write(`\nOpen ${url} in a browser. Ctrl-C stops the demo.\n`)
    const ended = Promise.race(programs.map(program => once(program, 'exit'))).then(() => exitStatus.failed)
    return await runUntilStopped({ stop }, ended)
  } catch (error) {
    await stop()
    throw error
  }
}

/** The IPC channel carries nothing; the child stops when it closes, so that none outlives a killed demo. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const [program, ...before] = ownProgram
  return spawn(program, [...before, ...args, '--log-level', 'warn'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  })
}

/** Passes the program's standard output on and waits for the line that says it is ready. */
function readyLine(program: ChildProcess, pattern: RegExp): Promise<string> {
  if (program.stdout === null) {
    return Promise.reject(new CommandFailure(exitStatus.failed, 'The demo could not be started.'))
  }
  const lines = createInterface({ input: program.stdout })
  return new Promise<string>((resolve, reject) => {
    const deadline = setTimeout(
      () =>
        reject(new CommandFailure(exitStatus.failed, `The demo was not ready within ${readyMs / 1000} s.`)),
      readyMs,
    )
    lines.on('line', line => {
      process.stdout.write(`${line}\n`)
      const match = pattern.exec(line)
      if (match?.[1] !== undefined) {
        clearTimeout(deadline)
        resolve(match[1])
      }
    })
    program.once('exit', () => {
      clearTimeout(deadline)
      reject(new CommandFailure(exitStatus.failed, 'A part of the demo ended at its start; see above.'))
    })
  })
}

async function stopProgram(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return
  const ended = once(program, 'exit')
  program.kill('SIGTERM')
  const deadline = setTimeout(() => program.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(deadline)
}
