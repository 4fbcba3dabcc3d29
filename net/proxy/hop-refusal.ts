/** What a proxy's answer other than an open way and 407 means for the user. Its body, often an HTML page, is not shown. */
import { TildegateError } from '../../shared/errors.ts'
import { headerValues, type ResponseHead } from '../response-head.ts'
import { type Endpoint, nameOf } from './endpoint.ts'

const reasonHeaders = ['x-squid-error', 'proxy-status', 'x-proxy-error', 'x-error', 'x-cache-error']
const maxReason = 100
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
  return words === '' ? 'no reason given' : words
}
