/**
 * Why a login was refused, where the proxy tells: some put the domain's word (`NT_STATUS_ACCOUNT_LOCKED_OUT`) into the page or a header of
 * their 407. The page is read for that alone and never shown.
 */
import { type ErrorCode, TildegateError } from '../../shared/errors.ts'
import { type Phrase, said } from '../../shared/phrases.ts'
import type { Clock } from '../../shared/world.ts'
import { headerValues, type ResponseHead } from '../response-head.ts'
import type { StreamReader } from './stream-reader.ts'

const maxPageBytes = 16 * 1024
/** A page that takes longer is not worth the wait: that the login is refused is known already. */
const pageMs = 2_000

type Meaning = readonly [words: RegExp, code: ErrorCode, reason?: Phrase]

/** NTSTATUS ([MS-ERREF] 2.3.1), as a name or a number, and what Active Directory says to an LDAP bind (`data 775`). */
const machineWords: readonly Meaning[] = [
  [/ACCOUNT_LOCKED_OUT|0xC0000234|\bdata 775\b/i, 'proxy-account-locked'],
  [/PASSWORD_(?:EXPIRED|MUST_CHANGE)|0xC0000071|0xC0000224|\bdata (?:532|773)\b/i, 'proxy-password-expired'],
  [/ACCOUNT_DISABLED|0xC0000072|\bdata 533\b/i, 'proxy-account-barred', 'account-disabled'],
  [/ACCOUNT_EXPIRED|0xC0000193|\bdata 701\b/i, 'proxy-account-barred', 'account-expired'],
  [/INVALID_LOGON_HOURS|0xC000006F|\bdata 530\b/i, 'proxy-account-barred', 'account-not-at-this-hour'],
  [/INVALID_WORKSTATION|0xC0000070|\bdata 531\b/i, 'proxy-account-barred', 'account-not-from-here'],
  [/NTLM_BLOCKED|0xC0000418/i, 'proxy-account-barred', 'account-no-ntlm'],
]

/** What people write for people. */
const sentences: readonly Meaning[] = [
  [
    /\baccount\b.{0,40}\blocked\b|\bKonto\b.{0,40}\bgesperrt\b|\bcompte\b.{0,40}\bverrouill/i,
    'proxy-account-locked',
  ],
  [
    /\bpassword\b.{0,20}\bexpired\b|\bKennwort\b.{0,40}\babgelaufen\b|\bmot de passe\b.{0,20}\bexpir/i,
    'proxy-password-expired',
  ],
  [
    /\baccount\b.{0,40}\bdisabled\b|\bKonto\b.{0,40}\bdeaktiviert\b|\bcompte\b.{0,40}\bdésactivé/i,
    'proxy-account-barred',
    'account-disabled',
  ],
]
/** "If your account is locked, call the help desk" says nothing of this account. */
const notSaid = /\b(?:if|when|whether|may|might|not|wenn|falls|ob|nicht|si|lorsque|pas)\b/i

/** The refusal, more precise where the answer tells more. What comes of its page within a moment is read. */
export async function toldRefusal(
  refusal: TildegateError,
  answer: { readonly head: ResponseHead; readonly reader: StreamReader; readonly clock: Clock },
): Promise<TildegateError> {
  if (refusal.code !== 'proxy-auth-refused' && refusal.code !== 'proxy-auth-refused-backslash') return refusal
  const { head } = answer
  const headers = head.headers.map(([, value]) => value).join('\n')
  const [, code, reason] = meaningOf(`${head.reason}\n${headers}\n${await pageOf(answer)}`) ?? []
  if (code === undefined) return refusal
  return new TildegateError(code, {
    ...refusal.details,
    ...(reason === undefined ? {} : said('reason', reason)),
  })
}

/** Exported for its table of tests. */
export function meaningOf(text: string): Meaning | undefined {
  const certain = machineWords.find(([words]) => words.test(text))
  if (certain !== undefined) return certain
  const said = text
    .replace(/<(?:style|script)\b[\s\S]*?<\/(?:style|script)>/gi, ' ')
    .replace(/<\/?(?:p|div|br|li|td|tr|h\d|title)\b[^>]*>/gi, '. ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .split(/[.!?]/)
    .filter(sentence => !notSaid.test(sentence))
  return sentences.find(([words]) => said.some(sentence => words.test(sentence)))
}

async function pageOf({ head, reader, clock }: { head: ResponseHead; reader: StreamReader; clock: Clock }) {
  const [length = ''] = headerValues(head, 'content-length')
  const announced = /^\d+$/.test(length) ? Number(length) : Number.POSITIVE_INFINITY
  const wanted = Math.min(announced, maxPageBytes)
  let page = Buffer.alloc(0)
  let over: () => void = () => {}
  let isOver = false
  const pause = new Promise<void>(resolve => {
    over = resolve
  })
  const timer = clock.after(pageMs, () => {
    isOver = true
    over()
  })
  try {
    while (page.length < wanted && !isOver && !page.subarray(-5).equals(lastChunk)) {
      const more = await reader.nextWithin(pause)
      if (more === undefined) break
      page = Buffer.concat([page, more])
    }
  } finally {
    timer.cancel()
  }
  return page.subarray(0, maxPageBytes).toString('utf8')
}

const lastChunk = Buffer.from('0\r\n\r\n')
