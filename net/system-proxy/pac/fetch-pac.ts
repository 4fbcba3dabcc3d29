/**
 * Gets a PAC file from an http, https or file URL: directly, never through a proxy (so not by `fetch`, which may be told to use one);
 * bounded in size and time. Over https whoever this computer's browsers trust is trusted.
 */
import { open } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { get as getTls } from 'node:https'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../../../shared/world.ts'
import { within } from '../../dial/deadlines.ts'
import { systemErrorOf } from '../../dial/tcp.ts'
import { systemTrust } from '../../dial/trust.ts'
import { systemProxyLimits } from '../limits.ts'
import { PacFailure } from '../settings.ts'
import { unless } from '../unless.ts'

const { pacBytes, pacFetchMs } = systemProxyLimits
const maxRedirects = 5

/** @throws PacFailure, whose message says what failed but not where; the signal's reason */
export function fetchPac(url: string, clock: Clock, signal: AbortSignal): Promise<string> {
  const tooLate = () => new PacFailure(`did not come within ${pacFetchMs / 1000} s`)
  return within({ clock, signal, ms: pacFetchMs, tooLate }, async own => {
    try {
      return textOf(await unless(own, bytesOf(url, own)))
    } catch (cause) {
      if (own.aborted) throw own.reason
      if (cause instanceof PacFailure) throw cause
      throw new PacFailure(`could not be read (${systemErrorOf(cause)})`, { cause })
    }
  })
}

function bytesOf(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed?.protocol === 'file:' ? readFileOf(parsed) : download(parsed, signal, maxRedirects)
}

async function readFileOf(url: URL): Promise<Uint8Array> {
  const handle = await open(fileURLToPath(url))
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(pacBytes + 1))
    if (bytesRead > pacBytes) throw tooLarge()
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function download(url: URL | undefined, signal: AbortSignal, redirects: number): Promise<Uint8Array> {
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new PacFailure('is at no http, https or file URL')
  const response = await answerOf(url, signal)
  try {
    const { statusCode: status = 0, headers } = response
    if (status >= 300 && status < 400 && headers.location !== undefined) {
      if (redirects === 0) throw new PacFailure('could not be read (redirected again and again)')
      const next = URL.canParse(headers.location, url.href) ? new URL(headers.location, url) : undefined
      return await download(next, signal, redirects - 1)
    }
    if (status !== 200) throw new PacFailure(`could not be read (status ${status})`)
    return await bodyOf(response)
  } finally {
    response.destroy()
  }
}

function answerOf(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const options = { agent: false, signal, headers: { Accept: '*/*', 'User-Agent': 'Tildegate' } } as const
  // Handed on to the TLS connection; the types of Node do not say so.
  const trusting = { ...options, secureContext: systemTrust() }
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? getTls(url, trusting) : get(url, options)
    request.on('response', resolve)
    request.on('error', reject)
  })
}

async function bodyOf(response: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response) {
    length += part.length
    if (length > pacBytes) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const tooLarge = () => new PacFailure(`is larger than ${pacBytes / 1024} KiB`)

/** UTF-8, or what older editors write; without a byte-order mark. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('latin1')
  }
}
