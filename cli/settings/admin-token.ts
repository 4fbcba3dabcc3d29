/** The token of the gateway's admin listener, from its file. */
import { Secret } from '../../shared/secret.ts'
import { readConfiguration } from './read-configuration.ts'

/** @throws CommandFailure 78 where it cannot be read */
export function readAdminToken(file: string): Secret {
  return Secret.fromText(readConfiguration(file).toString('utf8').trim())
}
