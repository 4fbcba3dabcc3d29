/** `--acme` and what belongs to it: a certificate of an authority. */
import { InvalidArgumentError } from 'commander'
import { type AcmeOptions, acmeName, letsEncrypt } from '../../gateway/acme/acme-options.ts'
import { TildegateError } from '../../shared/errors.ts'
import { CommandFailure, exitStatus } from '../failure.ts'
import { readConfiguration } from './read-configuration.ts'

export interface AcmeFlags {
  readonly acme?: readonly string[]
  readonly acmeEmail?: string
  readonly acmeAgreeTos?: boolean
  readonly acmeStaging?: boolean
  readonly acmeDirectory?: string
  readonly acmeDirectoryCa?: string
}

/** @throws InvalidArgumentError */
export function parseAcmeName(text: string): string {
  try {
    return acmeName(text)
  } catch (cause) {
    throw cause instanceof TildegateError ? new InvalidArgumentError(`${cause.message} ${cause.mend}`) : cause
  }
}

/** @throws InvalidArgumentError */
export function parseAcmeEmail(text: string): string {
  if (!/^[^\s@,?]+@[^\s@,?]+$/.test(text))
    throw new InvalidArgumentError('Write one address: admin@gateway.example.')
  return text
}

/** @throws InvalidArgumentError */
export function parseAcmeDirectory(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:')
    throw new InvalidArgumentError('Write the directory’s address: https://….')
  return text
}

/**
 * @param showsCertificate whether there is a TLS listener, of a flag or passed on by the service manager
 * @throws CommandFailure 64 for flags that do not fit together, 78 for a file that cannot be read
 */
export function acmeOf(
  flags: AcmeFlags & { cert?: string },
  showsCertificate: boolean,
): { acme?: AcmeOptions } {
  const { acme: names, acmeEmail, acmeAgreeTos, acmeStaging, acmeDirectory, acmeDirectoryCa } = flags
  if (names === undefined) {
    const alone = Object.entries({ acmeEmail, acmeAgreeTos, acmeStaging, acmeDirectory, acmeDirectoryCa })
    if (alone.some(([, value]) => value !== undefined && value !== false))
      throw wrong('--acme-… belongs to --acme NAME: name the hosts that the certificate is for.')
    return {}
  }
  if (flags.cert !== undefined) throw wrong('--cert and --acme are two certificates: give one of them.')
  if (!showsCertificate)
    throw wrong('--acme needs a TLS listener to show its certificate: give --listen-tls.')
  if (acmeStaging && acmeDirectory !== undefined)
    throw wrong('--acme-staging and --acme-directory are two authorities: give one of them.')
  if (!acmeAgreeTos)
    throw wrong(
      'A certificate authority asks to agree to its terms: read them (Let’s Encrypt: https://letsencrypt.org/repository/) and add --acme-agree-tos.',
    )
  return {
    acme: {
      names: [...new Set(names)],
      agreesToTerms: true,
      directoryUrl: acmeDirectory ?? letsEncrypt[acmeStaging ? 'staging' : 'production'],
      ...(acmeEmail === undefined ? {} : { email: acmeEmail }),
      ...(acmeDirectoryCa === undefined
        ? {}
        : { directoryCa: readConfiguration(acmeDirectoryCa).toString('utf8') }),
    },
  }
}

function wrong(message: string): CommandFailure {
  return new CommandFailure(exitStatus.usage, message)
}
