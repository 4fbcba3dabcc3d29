/**
 * What the messages of the keychain's library mean. On Linux they are those of libsecret and D-Bus, in English (LC_ALL=C), on macOS and Windows the
 * system's own.
 */
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import { type SecretAccount, whose } from './account.ts'

const meanings: readonly (readonly [RegExp, ErrorCode])[] = [
  // "Cannot create an item in a locked collection"; "Object does not exist at path …": no keyring has been made yet.
  // macOS: "User interaction is not allowed", where it is locked and nobody can be asked.
  [
    /locked collection|does not exist at path|no such collection|interaction is not allowed/i,
    'keychain-locked',
  ],
  [/timeout was reached|timed out|did not receive a reply/i, 'keychain-no-answer'],
  [
    // Windows: "A specified logon session does not exist", as for a task without one.
    /logon session does not exist|autolaunch|could not connect|not provided by any \.service|cannot spawn|disconnected from message bus|connection (?:refused|is closed)|exited with status|failed to execute|no such interface/i,
    'keychain-not-running',
  ],
]

/** libsecret itself gives D-Bus 25 s for a call. */
const libraryTimeoutSeconds = 25

export function keychainFailure(
  step: 'load' | 'work',
  message: string,
  account: SecretAccount,
): TildegateError {
  if (step === 'load') {
    const reason =
      process.platform === 'linux' ? said('reason', 'no-libsecret') : { reason: message.slice(0, 200) }
    return new TildegateError('keychain-not-installed', reason)
  }
  const code = meanings.find(([pattern]) => pattern.test(message))?.[1] ?? 'keychain-failed'
  const reason = message.trim().slice(0, 200)
  return new TildegateError(code, { ...whose(account), reason, seconds: libraryTimeoutSeconds })
}
