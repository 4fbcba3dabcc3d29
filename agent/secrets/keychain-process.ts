/** The keychain, asked in a process of its own: started when there is something to ask, ended when it rests or hangs. */
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isSingleFile } from '../../net/single-file.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { Clock, Timer } from '../../shared/world.ts'
import {
  isStale,
  type Keychain,
  type KeychainAnswer,
  type KeychainQuestion,
  keychainProcessWord,
  maxQuestions,
} from './keychain-words.ts'

/** Without a question. */
const restMs = 5_000

export interface KeychainProcessOptions {
  readonly environment: NodeJS.ProcessEnv
  readonly clock: Clock
  /** How long the keychain may wait for its user to unlock it, at most. */
  readonly promptMs: number
}

export interface NumberedQuestion {
  readonly id: number
  readonly question: KeychainQuestion
}

interface Pending {
  answer(answer: KeychainAnswer): void
  fail(error: TildegateError): void
}

/** Beside this file, whether it is source or built. The packaged program is told by this word what it is to be. */
const script = isSingleFile
  ? keychainProcessWord
  : fileURLToPath(new URL(`keychain-child${extname(import.meta.url)}`, import.meta.url))

export class KeychainProcess implements Keychain {
  readonly #options: KeychainProcessOptions
  readonly #pending = new Map<number, Pending>()
  #child: ChildProcess | undefined
  #lastId = 0
  #waiting = 0
  #rest: Timer | undefined

  constructor(options: KeychainProcessOptions) {
    this.#options = options
  }

  /** Settles after `promptMs` at the latest. */
  async ask(question: KeychainQuestion): Promise<KeychainAnswer> {
    const child = this.#child
    const answer = await this.#ask(question)
    if (!isStale(answer) || child === undefined || child !== this.#child) return answer
    this.#lose(child, noAnswer(0))
    return this.#ask(question)
  }

  #ask(question: KeychainQuestion): Promise<KeychainAnswer> {
    const { clock, promptMs } = this.#options
    if (this.#pending.size >= maxQuestions) return Promise.reject(noAnswer(0))
    this.#rest?.cancel()
    const child = this.#running()
    this.#lastId += 1
    const id = this.#lastId
    const answered = new Promise<KeychainAnswer>((answer, fail) => this.#pending.set(id, { answer, fail }))
    const deadline = clock.after(promptMs, () => this.#lose(child, noAnswer(promptMs)))
    child.send({ id, question }, error => {
      if (error !== null) this.#lose(child, ended(error))
    })
    return answered.finally(() => deadline.cancel())
  }

  waiting(change: 1 | -1): void {
    this.#waiting += change
    this.#keepAlive()
  }

  close(): void {
    this.#rest?.cancel()
    if (this.#child !== undefined) this.#lose(this.#child, noAnswer(0))
  }

  #running(): ChildProcess {
    if (this.#child !== undefined) return this.#child
    const child = fork(script, [], {
      // The messages of libsecret come in the user's language; they are told apart by their text.
      env: { ...this.#options.environment, LC_ALL: 'C' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child = child
    child.on('message', ({ id, answer }: { id: number; answer: KeychainAnswer }) => this.#hear(id, answer))
    child.on('error', error => this.#lose(child, ended(error)))
    child.on('exit', (code, signal) => this.#lose(child, ended(new Error(`it ended: ${code ?? signal}`))))
    this.#keepAlive()
    return child
  }

  #hear(id: number, answer: KeychainAnswer): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.answer(answer)
    if (this.#pending.size === 0) this.#rest = this.#options.clock.after(restMs, () => this.close())
  }

  #lose(child: ChildProcess, error: TildegateError): void {
    if (this.#child !== child) return
    this.#child = undefined
    child.kill('SIGKILL')
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { fail } of pending) fail(error)
  }

  #keepAlive(): void {
    const child = this.#child
    if (this.#waiting > 0) {
      child?.ref()
      child?.channel?.ref()
    } else {
      child?.unref()
      child?.channel?.unref()
    }
  }
}

function noAnswer(ms: number): TildegateError {
  return new TildegateError('keychain-no-answer', { seconds: Math.round(ms / 1000) })
}

function ended(cause: Error): TildegateError {
  return new TildegateError('keychain-failed', { reason: cause.message.slice(0, 200) }, { cause })
}
