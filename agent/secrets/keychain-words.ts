/** What is asked of the keychain, and what comes back; within a process, or between two. */
export const keychainService = 'Tildegate'

export type KeychainQuestion = { readonly account: string } & (
  | { readonly task: 'get' | 'delete' }
  | { readonly task: 'set'; readonly secret: string }
)

export type KeychainAnswer =
  | { readonly kind: 'secret'; readonly secret: string | null }
  | { readonly kind: 'done'; readonly wasThere: boolean }
  /** `step`: the library could not be loaded, or it could not do its work. */
  | { readonly kind: 'failed'; readonly step: 'load' | 'work'; readonly message: string }

/**
 * The keyring was started anew (a login, `gnome-keyring-daemon --replace`), and libsecret goes on with the one before: with its session, or with the
 * number that it had on the bus. Within this process it will not work again. Where no keyring runs at all, the words name its service, not a number.
 */
const wordsOfStale = [
  /\bthe session (?:wrapping the secret )?does not exist/i,
  /\bname :\d+\.\d+ (?:was not provided|has no owner)/i,
]

export function isStale(answer: KeychainAnswer): boolean {
  return answer.kind === 'failed' && wordsOfStale.some(words => words.test(answer.message))
}

/** Answers one question after another: a locked keychain asks its user once, and what is asked first is done first. */
export interface Keychain {
  /** May take as long as the keychain waits for its user. @throws TildegateError of the category store */
  ask(question: KeychainQuestion): Promise<KeychainAnswer>
  /** Somebody waits for an answer, or no longer does: only so long does the keychain keep the program alive. */
  waiting(change: 1 | -1): void
  /** What is asked is given up. */
  close(): void
}

/** Questions without an answer. */
export const maxQuestions = 128

/** The argument that makes a process of the packaged single file the one that asks the keychain. */
export const keychainProcessWord = 'keychain-process'
