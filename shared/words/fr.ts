import { fr as diagnostics } from './diagnostics/fr.ts'
import { fr as errors } from './errors/fr.ts'
import { fr as phrases } from './phrases/fr.ts'
import type { Words } from './words.ts'

export const fr: Words = { errors, phrases, diagnostics: diagnostics.texts, mends: diagnostics.mends }
