import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { acmeOf, parseAcmeDirectory, parseAcmeEmail, parseAcmeName } from '../../../cli/settings/acme.ts'
import { acmeName, letsEncrypt } from '../../../gateway/acme/acme-options.ts'
import { covers, KeptState } from '../../../gateway/acme/kept-state.ts'
import { isBadNonce, refusedBy, wordsOf } from '../../../gateway/acme/problems.ts'
import { renewalDue, waitAfter } from '../../../gateway/acme/renewal.ts'
import { gatewayLimits } from '../../../gateway/limits.ts'
import { challengeTypes } from '../../../gateway/listen/certificate-source.ts'
import { makeSelfSigned } from '../../../gateway/listen/self-signed.ts'
import { systemRandom } from '../../../net/world.ts'
import { TildegateError } from '../../../shared/errors.ts'
import { temporaryFolder } from '../../support/files.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const world = { clock: new VirtualClock(), random: systemRandom }
const dayMs = 86_400_000
const hourMs = 3_600_000

describe('the names of a certificate', () => {
  it.each([
    ['gw.example', 'gw.example'],
    ['GW.Example.', 'gw.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('%s is asked for as %s', (text, name) => {
    expect(acmeName(text)).toBe(name)
  })

  it.each([
    '*.gw.example',
    '192.0.2.1',
    '[2001:db8::1]',
    'localhost',
    'nas.local',
    'https://gw.example',
    'a b.example',
    '',
  ])('%j cannot be one, and why is said', text => {
    expect(() => acmeName(text)).toThrow(expect.objectContaining({ code: 'acme-name-unfit' }))
    expect(() => parseAcmeName(text)).toThrow('No certificate can be had for')
  })
})

describe('the settings of a certificate authority', () => {
  it('are Let’s Encrypt unless told otherwise', () => {
    const flags = { acme: ['gw.example', 'gw.example'], acmeAgreeTos: true }
    expect(acmeOf({}, true)).toEqual({})
    expect(acmeOf({ acmeAgreeTos: false }, true)).toEqual({})
    expect(acmeOf(flags, true).acme).toEqual({
      names: ['gw.example'],
      agreesToTerms: true,
      directoryUrl: letsEncrypt.production,
    })
    const other = 'https://ca.example/dir'
    expect(acmeOf({ ...flags, acmeStaging: true }, true).acme?.directoryUrl).toBe(letsEncrypt.staging)
    expect(acmeOf({ ...flags, acmeDirectory: other }, true).acme?.directoryUrl).toBe(other)
  })

  it.each([
    ['terms', { acme: ['gw.example'] }],
    ['--listen-tls', { acme: ['gw.example'], acmeAgreeTos: true }],
    ['--cert', { acme: ['gw.example'], acmeAgreeTos: true, cert: 'x' }],
    ['--acme-staging', { acme: ['gw.example'], acmeStaging: true, acmeDirectory: 'https://ca.example' }],
    ['--acme NAME', { acmeEmail: 'a@b.example' }],
  ])('that do not fit together are refused: %s', (word, flags) => {
    const refused = { status: 64, message: expect.stringContaining(word) as string }
    expect(() => acmeOf(flags, word !== '--listen-tls')).toThrow(expect.objectContaining(refused))
  })

  it('that name no directory by https, or no one address, are refused', () => {
    expect(() => parseAcmeDirectory('http://ca.example')).toThrow()
    expect(() => parseAcmeEmail('a@b.example,c@d.example')).toThrow()
    expect(parseAcmeEmail('a@b.example')).toBe('a@b.example')
  })
})

describe('the kind of challenge', () => {
  const at = (...ports: (readonly [number, boolean])[]) =>
    challengeTypes(ports.map(([port, tls]) => ({ host: '0.0.0.0', port, tls })))

  it('is one that a listener can answer, that at the authority’s own port first', () => {
    expect(at([443, true])).toEqual(['tls-alpn-01'])
    expect(at([80, false], [443, true])).toEqual(['http-01', 'tls-alpn-01'])
    expect(at([8080, false], [443, true])).toEqual(['tls-alpn-01', 'http-01'])
    expect(at([8080, false], [8443, true])).toEqual(['http-01', 'tls-alpn-01'])
  })
})

describe('what an authority says when it refuses', () => {
  const problem = (type: string, detail = 'why') => ({ type: `urn:ietf:params:acme:error:${type}`, detail })
  const codeOf = (status: number, body: unknown) =>
    refusedBy('https://ca', { status, body, retryAfterMs: undefined }).code

  it.each([
    [429, problem('rateLimited'), 'acme-rate-limited'],
    [429, 'slow down', 'acme-rate-limited'],
    [403, problem('userActionRequired'), 'acme-terms'],
    [400, problem('rejectedIdentifier'), 'acme-names-refused'],
    [403, problem('caa'), 'acme-names-refused'],
    [503, problem('serverInternal'), 'acme-directory-unreachable'],
    [404, '<html>', 'acme-directory-unreachable'],
    [302, '', 'acme-directory-unreachable'],
    [403, problem('unauthorized'), 'acme-refused'],
  ])('with %d %j is %s', (status, body, code) => {
    expect(codeOf(status, body)).toBe(code)
  })

  it('is told in its own words, on one line and not at length', () => {
    const subproblems = [{ detail: 'a.example is forbidden.' }]
    expect(wordsOf({ detail: 'No\nway', subproblems })).toBe('No way; a.example is forbidden')
    expect(wordsOf({ detail: 'x'.repeat(9_000) })?.length).toBe(500)
    expect(wordsOf('text')).toBeUndefined()
    const refused = { status: 403, body: problem('unauthorized'), retryAfterMs: 7 }
    expect(refusedBy('https://ca', refused).details).toEqual({ reason: 'why', retryAfterMs: 7 })
  })

  it('of a nonce is for the library to mend', () => {
    expect(isBadNonce({ status: 400, body: problem('badNonce'), retryAfterMs: undefined })).toBe(true)
    expect(isBadNonce({ status: 400, body: problem('malformed'), retryAfterMs: undefined })).toBe(false)
  })
})

describe('the time of the next order', () => {
  it('is two thirds of the certificate’s life, and up to a fiftieth of it later', async () => {
    const { cert } = await makeSelfSigned(['gw.example'], 89, world)
    const begin = world.clock.wall() - dayMs
    expect(renewalDue(cert, 0) - begin).toBe(60 * dayMs)
    expect(renewalDue(cert, 0.999) - begin).toBeLessThan(62 * dayMs)
  })

  const limits = gatewayLimits()
  type Code = 'acme-challenge-refused' | 'acme-rate-limited' | 'acme-directory-unreachable'
  const failure = (code: Code, details = {}) => new TildegateError(code, details)
  const waits = (code: Code, chance: number) =>
    Array.from({ length: 12 }, (_, at) => waitAfter(at + 1, failure(code), chance, limits).waitMs)

  it('after failures doubles up to six hours, and leaves room in an hour for what Let’s Encrypt allows', () => {
    const shortest = waits('acme-challenge-refused', 0)
    expect(shortest.slice(0, 4)).toEqual([2, 4, 8, 16].map(minutes => minutes * 60_000))
    expect(shortest.at(-1)).toBe(6 * hourMs)
    const times = shortest.map((_, at) => shortest.slice(0, at).reduce((sum, wait) => sum + wait, 0))
    expect(times.filter(time => time < hourMs)).toHaveLength(5)
    expect(Math.max(...waits('acme-challenge-refused', 1))).toBe(9 * hourMs)
  })

  it('comes every hour or two where nobody could be asked', () => {
    expect(Math.max(...waits('acme-directory-unreachable', 1))).toBe(1.5 * hourMs)
  })

  it('is what the authority says, never earlier', () => {
    const told = failure('acme-rate-limited', { retryAfterMs: 50 * hourMs })
    expect(waitAfter(1, told, 0, limits)).toEqual({ waitMs: 50 * hourMs, isOrdered: true })
    const untold = failure('acme-rate-limited')
    expect(waitAfter(1, untold, 0, limits)).toEqual({ waitMs: hourMs, isOrdered: true })
  })
})

describe('what is kept of an authority', () => {
  const open = (directory = 'https://ca.example/dir', folder = temporaryFolder()) =>
    new KeptState(join(folder, 'state'), directory)

  it('is a certificate with its key, in one file of mode 0600', async () => {
    const pair = await makeSelfSigned(['gw.example'], 10, world)
    const chain = `${pair.cert}${pair.cert}`
    const kept = open()
    expect(await kept.certificate()).toBeUndefined()
    await kept.keepCertificate({ cert: chain, key: pair.key })
    expect(await kept.certificate()).toEqual({ cert: chain, key: pair.key })
    expect(statSync(kept.certificateFile).mode & 0o777).toBe(0o600)
    expect(statSync(kept.folder).mode & 0o777).toBe(0o700)
    writeFileSync(kept.certificateFile, 'half a c')
    expect(await kept.certificate()).toBeUndefined()
  })

  it('is never that of another directory', () => {
    const folder = temporaryFolder()
    const { staging, production } = letsEncrypt
    const directories = ['https://ca.example/a', 'https://ca.example/b', staging, production]
    expect(new Set(directories.map(directory => open(directory, folder).folder)).size).toBe(4)
  })

  it('is one key of an account', async () => {
    const kept = open()
    const make = (text: string) => async () => `-----BEGIN PRIVATE KEY-----${text}`
    const first = await kept.accountKey(make('one'))
    expect(await kept.accountKey(make('two'))).toBe(first)
    expect(statSync(join(kept.folder, 'account.key')).mode & 0o777).toBe(0o600)
  })

  it('is when to ask again, for these names', async () => {
    const kept = open()
    const retry = { failures: 3, notBefore: 5_000, isOrdered: true }
    await kept.keepRetry(['a.example'], retry)
    expect(await kept.retry(['a.example'])).toEqual(retry)
    expect(await kept.retry(['a.example', 'b.example'])).toBeUndefined()
    await kept.keepRetry(['a.example'], undefined)
    expect(await kept.retry(['a.example'])).toBeUndefined()
    writeFileSync(join(kept.folder, 'retry.json'), '{"names":"a.example","failures":"many"}')
    expect(await kept.retry(['a.example'])).toBeUndefined()
  })

  it('covers names by its alternative names alone', async () => {
    const pair = await makeSelfSigned(['gw.example'], 10, world)
    expect(covers(pair, ['gw.example'])).toBe(true)
    expect(covers(pair, ['gw.example', 'more.example'])).toBe(false)
    expect(covers(pair, ['Tildegate'])).toBe(false)
  })
})
