import { de as diagnostics } from './diagnostics/de.ts'
import { de as errors } from './errors/de.ts'
import { de as phrases } from './phrases/de.ts'
import type { Words } from './words.ts'

export const de: Words = { errors, phrases, diagnostics: diagnostics.texts, mends: diagnostics.mends }
