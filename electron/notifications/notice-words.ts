/** A notice in words. Pure. */
import type { Texts } from '../texts/en.ts'
import { filled } from '../texts/texts.ts'
import type { Notice } from './gathering.ts'

export interface NoticeWords {
  readonly title: string
  readonly body: string
}

export function noticeWords({ kind, tunnels }: Notice, texts: Texts): NoticeWords {
  const titles = { away: texts.noticeAway, back: texts.noticeBack, needsUser: texts.noticeNeedsUser }
  const many = { away: texts.noticeManyAway, back: texts.noticeManyBack, needsUser: texts.noticeManyNeedUser }
  const [only] = tunnels
  if (tunnels.length > 1 || only === undefined) {
    const names = tunnels.map(({ name }) => name).join(', ')
    return { title: filled(many[kind], { count: tunnels.length }), body: names }
  }
  return {
    title: filled(titles[kind], { name: only.name }),
    body: kind === 'back' ? (only.publicUrl ?? '') : (only.problem?.message ?? ''),
  }
}
