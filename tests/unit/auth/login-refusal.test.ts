/** What a proxy's words say of an account, and what they do not. */
import { describe, expect, it } from 'vitest'
import { meaningOf } from '../../../net/proxy/login-refusal.ts'

describe('the words of a 407', () => {
  it.each([
    [
      'Squid with Samba, locked',
      '<p>You are not let in: NT_STATUS_ACCOUNT_LOCKED_OUT</p>',
      'proxy-account-locked',
    ],
    ['a number', 'winbind: 0xc0000234', 'proxy-account-locked'],
    [
      'Active Directory over LDAP',
      '80090308: LdapErr: DSID-0C090447, comment: error, data 775, v4563',
      'proxy-account-locked',
    ],
    ['a sentence', '<h1>Access denied</h1><p>Your account has been <b>locked</b>.', 'proxy-account-locked'],
    ['German', '<p>Ihr Konto ist vorübergehend gesperrt.</p>', 'proxy-account-locked'],
    ['French', '<p>Votre compte est verrouillé.</p>', 'proxy-account-locked'],
    ['Samba, expired', 'NT_STATUS_PASSWORD_EXPIRED', 'proxy-password-expired'],
    ['Samba, to be changed', 'NT_STATUS_PASSWORD_MUST_CHANGE', 'proxy-password-expired'],
    ['Samba, disabled', 'NT_STATUS_ACCOUNT_DISABLED', 'proxy-account-barred'],
    ['the hour', 'NT_STATUS_INVALID_LOGON_HOURS', 'proxy-account-barred'],
  ])('tell it: %s', (_, text, code) => {
    expect(meaningOf(text)?.[1]).toBe(code)
  })

  it.each([
    ['a wrong password', 'NT_STATUS_LOGON_FAILURE'],
    ['an advice', '<p>If your account is locked or your password has expired, call 4711.</p>'],
    ['a denial', '<p>Ihr Konto ist nicht gesperrt.</p>'],
    ['another matter', '<p>This page is locked. Your account manager can help.</p>'],
    ['a style sheet', '<style>/* your account is locked */</style>'],
    [
      'Squid’s own page',
      '<title>ERROR: Cache Access Denied</title><p>Sorry, you are not currently allowed to request this</p>',
    ],
    ['nothing', ''],
  ])('tell nothing of the account: %s', (_, text) => {
    expect(meaningOf(text)).toBeUndefined()
  })

  it('are read in no time, whatever they are', () => {
    const begin = performance.now()
    for (const part of ['<style', '<p', '<', 'account ', 'a'.repeat(40), ' si '])
      meaningOf(part.repeat(16_384 / part.length))
    expect(performance.now() - begin).toBeLessThan(5_000)
  })
})
