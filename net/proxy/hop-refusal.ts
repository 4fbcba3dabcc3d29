/** What a proxy's answer other than an open way and 407 means for the user. Its body, often an HTML page, is not shown. */
import { type ErrorDetails, TildegateError } from '../../shared/errors.ts'
import { type Phrase, said } from '../../shared/phrases.ts'
import { headerValues, type ResponseHead } from '../response-head.ts'
import { type Endpoint, nameOf } from './endpoint.ts'

const reasonHeaders = ['x-squid-error', 'proxy-status', 'x-proxy-error', 'x-error', 'x-cache-error']
const maxReason = 100
/** What proxies write for admins, in words for others. Squid's ends in the system's error number, Linux's as a rule. */
const inWords: readonly (readonly [written: RegExp, phrase: Phrase])[] = [
  [/ERR_CONNECT_FAIL 111|connection_refused/, 'far-refuses'],
  [/ERR_CONNECT_FAIL 110|ERR_READ_TIMEOUT|connection_timeout/, 'far-silent'],
  [/ERR_CONNECT_FAIL 1(?:01|13)|destination_(?:ip_unroutable|unavailable)/, 'far-no-way'],
  [/ERR_DNS_FAIL|dns_error|dns_timeout/, 'far-name-unknown'],
  [/ERR_CANNOT_FORWARD/, 'far-not-reached'],
]
/** Network Authentication Required (RFC 6585, 6). */
const loginToNetwork = 511

export function hopRefusal(head: ResponseHead, hop: string, destination: Endpoint): TildegateError {
  const { status } = head
  if ((status >= 300 && status < 400) || status === loginToNetwork) return loginPage(hop)
  const details = { hop, destination: nameOf(destination), status, ...reasonOf(head) }
  if (status === 403) return new TildegateError('proxy-forbidden', details)
  if (status === 500 || (status >= 502 && status <= 504))
    return new TildegateError('proxy-far-side-failed', details)
  return new TildegateError('proxy-refused', details)
}

export function loginPage(hop: string): TildegateError {
  return new TildegateError('proxy-login-page', { hop })
}

function reasonOf(head: ResponseHead): ErrorDetails {
  const told = reasonHeaders.flatMap(name => headerValues(head, name))[0]
  const words = (told ?? head.reason).replace(/[^\x20-\x7e]/g, '?').slice(0, maxReason)
  if (words === '') return said('reason', 'no-reason-given')
  const phrase = inWords.find(([written]) => written.test(words))?.[1]
  return phrase === undefined ? { reason: words } : said('reason', phrase, { written: words })
}
