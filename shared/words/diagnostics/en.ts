import type { MendText } from '../../balance/index.ts'

/** Only those whose advice is another in a window. */
export const en: Partial<Record<MendText, string>> = {
  'visitors-in-keychain': 'write visitors=keychain, and set the password in the tunnel’s details',
}
