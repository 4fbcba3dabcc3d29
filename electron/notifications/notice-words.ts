/** A notice in words. Pure. */
import { filled } from '../../shared/filled.ts'
import { errorWords } from '../../shared/words/words.ts'
import type { Spoken } from '../texts/texts.ts'
import type { Notice } from './gathering.ts'

export interface NoticeWords {
  readonly title: string
  readonly body: string
}

export function noticeWords({ kind, tunnels }: Notice, { texts, words }: Spoken): NoticeWords {
  const titles = { away: texts.noticeAway, back: texts.noticeBack, needsUser: texts.noticeNeedsUser }
  const many = { away: texts.noticeManyAway, back: texts.noticeManyBack, needsUser: texts.noticeManyNeedUser }
  const [only] = tunnels
  if (tunnels.length > 1 || only === undefined) {
    const names = tunnels.map(({ name }) => name).join(', ')
    return { title: filled(many[kind], { count: tunnels.length }), body: names }
  }
  const { name, publicUrl = '', problem } = only
  const trouble = problem === undefined ? '' : errorWords(problem, words).message
  return { title: filled(titles[kind], { name }), body: kind === 'back' ? publicUrl : trouble }
}
