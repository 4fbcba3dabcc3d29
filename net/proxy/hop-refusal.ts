/** What a proxy's answer other than an open way and 407 means for the user. Its body, often an HTML page, is not shown. */
import { TildegateError } from '../../shared/errors.ts'
import { headerValues, type ResponseHead } from '../response-head.ts'
import { type Endpoint, nameOf } from './endpoint.ts'

const reasonHeaders = ['x-squid-error', 'proxy-status', 'x-proxy-error', 'x-error', 'x-cache-error']
const maxReason = 100
/** What proxies write for admins, in words for others. Squid's ends in the system's error number, Linux's as a rule. */
const inWords: readonly (readonly [written: RegExp, words: string])[] = [
  [/ERR_CONNECT_FAIL 111|connection_refused/, 'nothing accepts connections there'],
  [/ERR_CONNECT_FAIL 110|ERR_READ_TIMEOUT|connection_timeout/, 'no answer came from there'],
  [/ERR_CONNECT_FAIL 1(?:01|13)|destination_(?:ip_unroutable|unavailable)/, 'it knows no way there'],
  [/ERR_DNS_FAIL|dns_error|dns_timeout/, 'it does not know that name'],
  [/ERR_CANNOT_FORWARD/, 'it does not get there'],
]
/** Network Authentication Required (RFC 6585, 6). */
const loginToNetwork = 511

export function hopRefusal(head: ResponseHead, hop: string, destination: Endpoint): TildegateError {
  const { status } = head
  if ((status >= 300 && status < 400) || status === loginToNetwork) return loginPage(hop)
  const details = { hop, destination: nameOf(destination), status, reason: reasonOf(head) }
  if (status === 403) return new TildegateError('proxy-forbidden', details)
  if (status === 500 || (status >= 502 && status <= 504))
    return new TildegateError('proxy-far-side-failed', details)
  return new TildegateError('proxy-refused', details)
}

export function loginPage(hop: string): TildegateError {
  return new TildegateError('proxy-login-page', { hop })
}

function reasonOf(head: ResponseHead): string {
  const told = reasonHeaders.flatMap(name => headerValues(head, name))[0]
  const words = (told ?? head.reason).replace(/[^\x20-\x7e]/g, '?').slice(0, maxReason)
  if (words === '') return 'no reason given'
  const meaning = inWords.find(([written]) => written.test(words))?.[1]
  return meaning === undefined ? words : `${meaning}: ${words}`
}
