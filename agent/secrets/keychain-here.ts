/**
 * The keychain, asked within this process. A call that waits for the user cannot be given up: it holds one of Node's worker threads and
 * the exit of the process. For a process that may be killed: that of `keychain-process.ts`, and the app's engine.
 */
import { TildegateError } from '../../shared/errors.ts'
import {
  isStale,
  type Keychain,
  type KeychainAnswer,
  type KeychainQuestion,
  keychainService,
  maxQuestions,
} from './keychain-words.ts'
import { loadKeytar } from './load-keytar.ts'

export class KeychainHere implements Keychain {
  readonly #onStale: () => void
  #last: Promise<unknown> = Promise.resolve()
  #count = 0

  /** `onStale`: this process has to be started anew. */
  constructor(onStale: () => void = () => {}) {
    this.#onStale = onStale
  }

  ask(question: KeychainQuestion): Promise<KeychainAnswer> {
    if (this.#count >= maxQuestions)
      return Promise.reject(new TildegateError('keychain-no-answer', { seconds: 0 }))
    this.#count += 1
    const answer = this.#last.then(async () => {
      const given = await answerTo(question)
      if (isStale(given)) this.#onStale()
      return given
    })
    this.#last = answer.finally(() => {
      this.#count -= 1
    })
    return answer
  }

  waiting(): void {}

  close(): void {}
}

/** Never rejects. */
async function answerTo(question: KeychainQuestion): Promise<KeychainAnswer> {
  const { account } = question
  let step: 'load' | 'work' = 'load'
  try {
    const { getPassword, setPassword, deletePassword } = await loadKeytar()
    step = 'work'
    switch (question.task) {
      case 'get':
        return { kind: 'secret', secret: await getPassword(keychainService, account) }
      case 'set':
        await setPassword(keychainService, account, question.secret)
        return { kind: 'done', wasThere: true }
      case 'delete':
        return { kind: 'done', wasThere: await deletePassword(keychainService, account) }
    }
  } catch (error) {
    return { kind: 'failed', step, message: error instanceof Error ? error.message : String(error) }
  }
}
