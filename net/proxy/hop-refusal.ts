/** What a proxy's answer other than 2xx and 407 means for the user. Its body, often an HTML page, is not shown. */
import { TildegateError } from '../../shared/errors.ts'
import { headerValues, type ResponseHead } from '../response-head.ts'
import type { Endpoint } from './connect-hop.ts'

const reasonHeaders = ['x-squid-error', 'proxy-status', 'x-proxy-error', 'x-error', 'x-cache-error']
const maxReason = 100

export function hopRefusal(head: ResponseHead, hop: string, { host, port }: Endpoint): TildegateError {
  const { status } = head
  const destination = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const details = { hop, destination, status, reason: reasonOf(head) }
  if (status === 403) return new TildegateError('proxy-forbidden', details)
  if (status === 500 || (status >= 502 && status <= 504))
    return new TildegateError('proxy-far-side-failed', details)
  return new TildegateError('proxy-refused', details)
}

function reasonOf(head: ResponseHead): string {
  const told = reasonHeaders.flatMap(name => headerValues(head, name))[0]
  const location =
    head.status >= 300 && head.status < 400 ? 'it redirects, perhaps to a login page' : undefined
  const words = (told ?? location ?? head.reason).replace(/[^\x20-\x7e]/g, '?').slice(0, maxReason)
  return words === '' ? 'no reason given' : words
}
