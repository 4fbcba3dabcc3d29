import { en as mends } from './diagnostics/en.ts'
import { en as errors } from './errors/en.ts'
import { en as phrases } from './phrases/en.ts'
import type { Words } from './words.ts'

export const en: Words = { errors, phrases, diagnostics: {}, mends }
