/** `--secret-store`: where passwords are that entries leave out. The same for every command that needs them. */
import { Option } from 'commander'
import { secretStoreKinds } from '../agent/index.ts'

export function secretStoreOption(): Option {
  return new Option('--secret-store <kind>', 'of entries without a password; file is sealed, but weaker')
    .choices(secretStoreKinds)
    .default('keychain')
    .env('TILDEGATE_SECRET_STORE')
}
