/**
 * Phrases of our own within an error's details, as the reason why something failed. What the system, a library or a stranger says is passed on
 * as it is. Other languages have the same keys (shared/words/phrases).
 */
import { type Details, filled } from './filled.ts'

export const phrases = {
  'the-gateway': 'the gateway',
  'the-agent': 'the agent',
  'the-other-side': 'the other side',
  'login-at': '{user} at {proxy}',
  'visitors-of': 'visitors of {tunnel}',
  'secret-of-tunnel': 'tunnel {tunnel}@{gateway}',
  'secret-of-visitors': 'visitors {tunnel}@{gateway}',
  'secret-of-proxy': 'proxy {login}@{proxy}',
  'user-and-password': 'user and password',
  'user-and-password-socks5': 'user and password (SOCKS5)',
  'variable-unset': 'the variable {variable} is not set',
  'no-keychain-here': 'the keychain is not available here',
  'keychain-has-none': 'the keychain has none; store it with: {command}',
  'file-store-has-none': 'the file store has none; store it with: {command}',
  'no-libsecret': 'the library libsecret-1.so.0 could not be loaded',
  'gives-back-another': 'it gives back something else than was stored',
  empty: 'it is empty',
  'longer-than': 'it is longer than {bytes} bytes',
  damaged: 'it is damaged',
  'not-permitted': 'it is not permitted',
  'unknown-error': 'unknown error',
  'readable-by-others': 'others may read it: run chmod 600 {file}',
  'key-gone': 'its key {file} is gone',
  'written-by-another': 'another program wrote it too',
  'too-short': 'it is too short',
  'sealed-otherwise': 'it was changed, or sealed with another key',
  'no-answer-in-time': 'no answer in time',
  'no-certificate': 'no certificate',
  'no-tls': 'it does not speak TLS',
  'no-tls-login-page': 'what answers there speaks no TLS, perhaps a login page of this network',
  'handshake-failed': 'the handshake failed',
  'another-certificate': 'another certificate than the gateway named',
  'no-socks5': 'it does not speak SOCKS5',
  'login-too-long': 'the login is too long',
  'no-reason-given': 'no reason given',
  'far-refuses': 'nothing accepts connections there: {written}',
  'far-silent': 'no answer came from there: {written}',
  'far-no-way': 'it knows no way there: {written}',
  'far-name-unknown': 'it does not know that name: {written}',
  'far-not-reached': 'it does not get there: {written}',
  'account-disabled': 'it is disabled',
  'account-expired': 'it has expired',
  'account-not-at-this-hour': 'not at this hour',
  'account-not-from-here': 'not from this computer',
  'account-no-ntlm': 'the domain does not allow NTLM',
  'not-looked-up': 'it is not looked up here',
  'no-answer-within': 'no answer within {seconds} s',
  'names-unspoken-kinds': 'it names only proxies of kinds that are not spoken',
  'variable-wrong': 'the variable {variable}: {wrong}',
  'two-lines': '{first} and {second}',
  'settings-wrong': '{settings}: {wrong}',
} as const

export type Phrase = keyof typeof phrases

/** For an error's details: what fills `place`, in English, and what other languages say it from. */
export function said(place: string, phrase: Phrase, details: Details = {}): Details {
  return { ...details, [place]: filled(phrases[phrase], details), [`${place}.said`]: phrase }
}
