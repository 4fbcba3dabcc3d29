/** An answer of the admin listener: everything that goes with each of them, and how it is sent. */
import type { ServerResponse } from 'node:http'

export interface Reply {
  readonly status: number
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** Nothing of it is to be kept, embedded, or read by another origin. */
const always = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Under `no-referrer` a browser may call the page's own posts those of an origin null.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
} as const

export function headersWith(more: Readonly<Record<string, string>>): Record<string, string> {
  return { ...always, ...more }
}

export function textReply(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, body: `${text}\n`, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers } }
}

export function jsonReply(value: unknown): Reply {
  return { status: 200, body: JSON.stringify(value), headers: { 'Content-Type': 'application/json' } }
}

export function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const length = String(Buffer.byteLength(body))
  response.writeHead(
    status,
    headersWith({ ...headers, ...(status === 204 ? {} : { 'Content-Length': length }) }),
  )
  response.end(status === 204 ? undefined : body)
}
