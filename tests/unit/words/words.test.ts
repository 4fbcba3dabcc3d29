/** Failures and diagnostics in other languages than the English they come in. */
import { describe, expect, it } from 'vitest'
import { parseBackbalance, parseBalance } from '../../../shared/balance/index.ts'
import { TildegateError } from '../../../shared/errors.ts'
import { failureOf } from '../../../shared/ipc/reply.ts'
import { said } from '../../../shared/phrases.ts'
import { de } from '../../../shared/words/de.ts'
import { en } from '../../../shared/words/en.ts'
import { fr } from '../../../shared/words/fr.ts'
import { diagnosticWords, errorWords } from '../../../shared/words/words.ts'

describe('a failure', () => {
  const unset = failureOf(
    new TildegateError('password-missing', {
      ...said('name', 'login-at', { user: 'ann', proxy: '10.0.0.1:808' }),
      ...said('reason', 'variable-unset', { variable: 'PW' }),
    }),
  )

  it('is said with the phrases in it', () => {
    expect(errorWords(unset, de).message).toBe(
      'Das Passwort für ann am Proxy 10.0.0.1:808 ist nicht verfügbar (die Variable PW ist nicht gesetzt).',
    )
    expect(errorWords(unset, fr).message).toContain('la variable PW n’est pas définie')
  })

  it('has in English the advice of a window', () => {
    expect(errorWords(unset, en)).toEqual({ message: unset.message, mend: 'Enter it.' })
  })

  it('keeps what strangers say in it, and the English of a code that is not known', () => {
    const told = failureOf(new TildegateError('keychain-failed', { reason: 'Prompt dismissed {name}' }))
    expect(errorWords(told, de).message).toBe(
      'Der Schlüsselbund verweigert die Arbeit (Prompt dismissed {name}).',
    )
    expect(errorWords({ ...told, code: 'of-tomorrow' }, de).message).toBe(told.message)
    const phrase = { ...unset, details: { ...unset.details, 'reason.said': 'of-tomorrow' } }
    expect(errorWords(phrase, de).message).toContain('(the variable PW is not set)')
  })
})

describe('what is wrong in a file', () => {
  it('is said with what stands there', () => {
    const [wrong] = parseBackbalance('/~~a=p#gw:1;\n/~~a=q#gw:1;', 'f').diagnostics
    expect(wrong && diagnosticWords(wrong, de)).toEqual({
      message: 'Der Name a bei gw:1 steht schon in Zeile 1.',
      mend: 'Wählen Sie einen anderen Namen, oder entfernen Sie eine der beiden Zeilen.',
    })
  })

  it('says in every language what to write, the password masked', () => {
    const [wrong] = parseBalance('/~~srv=hush#:51.254.22.85;', 'f').diagnostics
    for (const words of [en, de, fr])
      expect(wrong && diagnosticWords(wrong, words).mend).toMatch(/ \/~~srv=••••••#:\*51\.254\.22\.85;$/)
  })

  it('keeps its English where its words are not known', () => {
    const told = { message: 'New.', mend: 'do', wording: { text: 'new', mend: 'new', details: {} } }
    expect(diagnosticWords(told, de)).toEqual({ message: 'New.', mend: 'do' })
    expect(diagnosticWords({ message: 'Old.', mend: 'do' }, de)).toEqual({ message: 'Old.', mend: 'do' })
  })
})
