import type { PhraseTexts } from './phrase-texts.ts'

/** Only those that are others in a window, where nobody types commands. */
export const en: Partial<PhraseTexts> = {
  'keychain-has-none': 'the keychain has none',
  'file-store-has-none': 'the file store has none',
}
