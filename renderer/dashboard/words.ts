/** Moments, rates and numbers in words, in the language of the page. */
import { useTranslation } from 'react-i18next'
import { bytesWords } from '../kit/bytes.ts'
import { durationWords, relativeWords } from '../kit/times.ts'

export interface Words {
  number(value: number): string
  rate(perSecond: number): string
  bytes(bytes: number): string
  /** How long something takes. */
  milliseconds(ms: number): string
  duration(ms: number): string
  /** "3 minutes ago", "in 89 days". */
  relative(ms: number): string
  /** Date and time. */
  moment(at: number): string
  date(at: number): string
  time(at: number): string
}

const known = new Map<string, Words>()

export function useWords(): Words {
  const { language } = useTranslation('dashboard').i18n
  const words = known.get(language) ?? wordsIn(regionOf(language))
  known.set(language, words)
  return words
}

/** The texts are of a language, dates and numbers of a region: `en-GB`. */
function regionOf(language: string): string {
  return navigator.languages.find(tag => tag.toLowerCase().startsWith(language)) ?? language
}

/** Made once: they are costly, and a table asks for thousands. */
function wordsIn(language: string): Words {
  const number = new Intl.NumberFormat(language)
  const rate = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const unit = (name: string, digits: number) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, maximumFractionDigits: digits })
  const [milliseconds, seconds] = [unit('millisecond', 0), unit('second', 1)]
  const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long' })
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' })
  return {
    number: value => number.format(value),
    rate: perSecond => (perSecond === 0 ? number : rate).format(perSecond),
    bytes: bytes => bytesWords(bytes, language),
    milliseconds: ms => (ms < 1_000 ? milliseconds.format(ms) : seconds.format(ms / 1_000)),
    duration: ms => durationWords(Math.max(0, ms), language),
    relative: ms => relativeWords(ms, language),
    moment: at => moment.format(at),
    date: at => date.format(at),
    time: at => time.format(at),
  }
}
