/** `utilityProcess`: the built engine as a child process of Node, with Electron's `process.parentPort`. */
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Machine } from './machine.ts'

const child = fileURLToPath(new URL('./utility-child.cjs', import.meta.url))

class UtilityProcess extends EventEmitter {
  readonly #process: ChildProcess

  constructor(machine: Machine, file: string, args: readonly string[]) {
    super()
    const [command = process.execPath, ...before] = machine.within
    this.#process = fork(child, [file, ...args], {
      execPath: command,
      execArgv: machine.within.length === 0 ? [] : [...before, process.execPath],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: machine.env,
    })
    machine.processes.add(this)
    this.#process.on('spawn', () => this.emit('spawn'))
    this.#process.on('message', message => this.emit('message', message))
    this.#process.on('exit', (code, signal) => {
      machine.processes.delete(this)
      this.emit('exit', code ?? (signal === null ? 0 : 1))
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  postMessage(message: unknown): void {
    if (this.#process.connected) this.#process.send(message as object)
  }

  kill(): boolean {
    return this.#process.kill()
  }
}

export function utilityProcessOf(machine: Machine) {
  return {
    fork: (file: string, args: readonly string[] = [], _options: object = {}) =>
      new UtilityProcess(machine, file, args),
  }
}
