/** What the admin says about certificates of an authority (RFC 8555), and which names one can be asked for. */
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { TildegateError } from '../../shared/errors.ts'

export interface AcmeOptions {
  /** As `acmeName` gives them, one at least. */
  readonly names: readonly string[]
  /** Told to the authority, which may write to it. */
  readonly email?: string
  readonly agreesToTerms: boolean
  /** An https URL. */
  readonly directoryUrl: string
  /** PEM: the directory's own certificate must verify against these, in place of those that are trusted anyway. */
  readonly directoryCa?: string
}

export const letsEncrypt = {
  production: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
} as const

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** The name as certificates have it: lower case, ASCII. @throws TildegateError acme-name-unfit */
export function acmeName(text: string): string {
  const unfit = (reason: string) => new TildegateError('acme-name-unfit', { name: text, reason })
  if (text.startsWith('*.'))
    throw unfit('a name with a star needs DNS-01, which the gateway does not do; give --cert and --key')
  if (isIP(text.replace(/^\[|\]$/g, '')) !== 0) throw unfit('it is an address, not a name')
  const name = domainToASCII(text.replace(/\.$/, ''))
  const labels = name.split('.')
  if (name === '' || name.length > 253 || !labels.every(one => label.test(one)))
    throw unfit('it is no host name')
  if (labels.length < 2 || /\.(?:local|localhost|internal|lan|home\.arpa)$/.test(name))
    throw unfit('it is a name of one network only, which no authority can look up')
  return name
}
