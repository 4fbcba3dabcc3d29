import { errorTable } from '../../errors.ts'
import type { ErrorWords, ShownCode } from './error-texts.ts'

const noKeychain = 'Or keep the passwords in a sealed file, which is weaker: Settings, Keychain.'
const instead: Partial<Record<ShownCode, string>> = {
  'password-missing': 'Enter it.',
  'outer-tls-failed': 'Check the port, or write http:// or https:// before the gateway’s name.',
  'tls-inspected':
    'Nothing to do: the tunnel works and is safe. It may be your company’s inspection or a TLS terminator in front of the gateway.',
  'visitors-not-asked':
    'Ask the gateway’s admin to update it. Or stop asking for a password; then anyone who knows the address can open it.',
  'keychain-not-installed': `On Linux install libsecret and a keyring, for example the packages libsecret-1-0 and gnome-keyring. ${noKeychain}`,
  'keychain-not-running': `Log in at the desktop, or install and start a keyring. ${noKeychain}`,
  'keychain-locked':
    'Unlock it here or with its own program. If it is not locked, give the password anew under “Change”.',
  'keychain-shut': `Unlock it here or with its own program (Seahorse, KWalletManager, KeePassXC), or log in at the desktop anew. ${noKeychain}`,
  'keychain-not-made':
    'Have it made here: it asks for a password for itself. Storing the first password does the same.',
  'proxy-auth-given-up':
    'Enter another password for this proxy. If this one is right after all, because the account was unlocked, enter it once more.',
  'system-proxy-login-required': 'Name the proxy yourself, with its login, in place of “as this PC does”.',
  'secret-store-damaged': 'Enter the password anew.',
}

/** Only those whose advice is another in a window. */
export const en: Partial<Record<ShownCode, ErrorWords>> = Object.fromEntries(
  Object.entries(instead).map(([code, mend]) => [code, [errorTable[code as ShownCode].text, mend]]),
)
