/** What the messages of three systems' keychains mean. */
import { describe, expect, it } from 'vitest'
import { tunnelAccount } from '../../../agent/index.ts'
import { keychainFailure } from '../../../agent/secrets/keychain-failure.ts'
import { isStale } from '../../../agent/secrets/keychain-words.ts'

const account = tunnelAccount({ name: 'home', gateway: { host: 'gateway.example', port: 443 } })

describe('a keychain that says', () => {
  it.each([
    ['Cannot create an item in a locked collection', 'keychain-locked'],
    ['Object does not exist at path “/org/freedesktop/secrets/collection/login”', 'keychain-locked'],
    ['User interaction is not allowed.', 'keychain-locked'],
    ['Timeout was reached', 'keychain-no-answer'],
    ['Cannot autolaunch D-Bus without X11 $DISPLAY', 'keychain-not-running'],
    ['The name org.freedesktop.secrets was not provided by any .service files', 'keychain-not-running'],
    ['Message recipient disconnected from message bus without replying', 'keychain-not-running'],
    [
      'A specified logon session does not exist. It may already have been terminated.',
      'keychain-not-running',
    ],
    ['User canceled the operation.', 'keychain-failed'],
  ])('"%s" is %s', (message, code) => {
    const failure = keychainFailure('work', message, account)
    expect(failure.code).toBe(code)
    expect(failure.details['name']).toBe('tunnel home@gateway.example:443')
  })

  it.each([
    ['The session wrapping the secret does not exist', true],
    ['The session does not exist', true],
    ['A specified logon session does not exist. It may already have been terminated.', false],
    ['Object does not exist at path “/org/freedesktop/secrets/session/s1”', false],
    ['The name :1.42 was not provided by any .service files', true],
    ['The name org.freedesktop.secrets was not provided by any .service files', false],
  ])('"%s" is one that was started anew: %s', (message, isOne) => {
    expect(isStale({ kind: 'failed', step: 'work', message })).toBe(isOne)
  })
})
