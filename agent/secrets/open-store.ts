/** The secret store of this user: which kind, and where on this system. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Random } from '../../shared/world.ts'
import { agentLimits } from '../limits.ts'
import { FileStore } from './file-store.ts'
import { KeychainHere } from './keychain-here.ts'
import { KeychainProcess } from './keychain-process.ts'
import { KeychainStore } from './keychain-store.ts'
import { keyringLock } from './keyring-lock.ts'
import type { SecretStore, SecretStoreKind } from './secret-store.ts'

export interface OpenStoreOptions {
  readonly kind: SecretStoreKind
  readonly environment: NodeJS.ProcessEnv
  readonly clock: Clock
  readonly random: Random
  /** How long a caller waits for the keychain; by default as long as an attempt to connect may. */
  readonly answerMs?: number
  /** This process may be killed at any time: the keychain is asked within it, not in another one. */
  readonly isExpendable?: boolean
  /** Of an expendable process: the keychain will not work in it any more. */
  onStale?(): void
  /** See `KeychainStoreOptions`. */
  onLateAnswer?(): void
}

/** Nothing is read, and the keychain is not asked, before the first call. */
export function openSecretStore(options: OpenStoreOptions): SecretStore {
  const { kind, environment, answerMs = agentLimits.keychainMs } = options
  const folder = stateFolder(environment)
  if (kind === 'file') return new FileStore({ ...options, folder: join(folder, 'secrets') })
  const keychain = options.isExpendable
    ? new KeychainHere(options.onStale)
    : new KeychainProcess({ ...options, promptMs: agentLimits.keychainPromptMs })
  const lock = process.platform === 'linux' ? { lock: () => keyringLock(options) } : {}
  return new KeychainStore({ ...options, ...lock, keychain, folder: join(folder, 'keychain'), answerMs })
}

/** For the owner of the session, the same for the command line and the app. */
function stateFolder(environment: NodeJS.ProcessEnv): string {
  const home = environment['HOME'] ?? homedir()
  switch (process.platform) {
    case 'win32':
      return join(environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Tildegate')
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Tildegate')
    default: {
      const data = environment['XDG_DATA_HOME']
      // Relative ones are to be ignored (XDG Base Directory Specification).
      return join(data?.startsWith('/') ? data : join(home, '.local', 'share'), 'tildegate')
    }
  }
}
