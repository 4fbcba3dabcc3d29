/** The search for secrets finds them: a scan that finds nothing must mean that there is nothing. */
import { describe, expect, it } from 'vitest'
import { findSecrets } from '../../support/secret-scan.ts'

const secret = 'Grüße-99'
const utf8 = Buffer.from(secret)
const utf16 = Buffer.from(secret, 'utf16le')

describe('the search for secrets', () => {
  it.each([
    ['as it is', `password=${secret}\n`],
    ['in Latin-1', Buffer.from(secret, 'latin1')],
    ['in UTF-16', Buffer.concat([Buffer.from('x'), utf16])],
    ['in the login of Basic', `Basic ${Buffer.from(`jürgen:${secret}`).toString('base64')}`],
    ['behind one byte in base64', Buffer.from(`a${secret}bc`).toString('base64')],
    ['behind two bytes in base64url', Buffer.from(`ab${secret}c`).toString('base64url')],
    ['UTF-16 in base64', utf16.toString('base64')],
    ['in hex', utf8.toString('hex')],
    ['percent-encoded', encodeURIComponent(secret)],
    ['percent-encoded in lower case', encodeURIComponent(secret).toLowerCase().replace('gr', 'Gr')],
    ['in JSON, escaped', '{"password":"Gr\\u00fc\\u00dfe-99"}'],
  ])('finds one %s', (_, text) => {
    expect(findSecrets([{ where: 'a log', text }], { jürgen: secret })).not.toEqual([])
  })

  it('finds the NT hash, which is as good as the password', () => {
    // MS-NLMP 4.2.2.1.2: NTOWFv1 of "Password".
    const text = 'a4f49c406510bdcab6824ee7c30fd852'
    expect(findSecrets([{ where: 'a log', text }], { user: 'Password' })).not.toEqual([])
  })

  it('finds nothing where there is none, and refuses what is too short to look for', () => {
    expect(
      findSecrets([{ where: 'a log', text: 'The proxy refused the login.' }], { jürgen: secret }),
    ).toEqual([])
    expect(() => findSecrets([], { carol: 'a:b:c' })).toThrow('too short')
  })
})
