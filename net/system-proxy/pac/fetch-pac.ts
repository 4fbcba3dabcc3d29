/** Gets a PAC file from an http, https or file URL: directly, never through a proxy; bounded in size and time. */
import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../../../shared/world.ts'
import { systemProxyLimits } from '../limits.ts'
import { PacFailure } from '../settings.ts'

const { pacBytes, pacFetchMs } = systemProxyLimits

/** @throws PacFailure, whose message says what failed but not where; the signal's reason */
export async function fetchPac(url: string, clock: Clock, signal: AbortSignal): Promise<string> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const own = new AbortController()
  const leave = () => own.abort(signal.reason)
  const seconds = pacFetchMs / 1000
  const deadline = clock.after(pacFetchMs, () =>
    own.abort(new PacFailure(`did not come within ${seconds} s`)),
  )
  signal.addEventListener('abort', leave, { once: true })
  try {
    signal.throwIfAborted()
    if (parsed?.protocol === 'file:') return textOf(await readFileOf(parsed))
    if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:')
      return textOf(await download(parsed, own.signal))
    throw new PacFailure('is no http, https or file URL')
  } catch (cause) {
    if (own.signal.aborted) throw own.signal.reason
    if (cause instanceof PacFailure) throw cause
    throw new PacFailure(`could not be read (${wordOf(cause)})`, { cause })
  } finally {
    deadline.cancel()
    signal.removeEventListener('abort', leave)
  }
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

async function download(url: URL, signal: AbortSignal): Promise<Uint8Array> {
  // A login in the URL is no URL for fetch.
  const { username, password } = url
  const pair = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  )
  const bare = new URL(url)
  bare.username = bare.password = ''
  const headers = username === '' ? {} : { Authorization: `Basic ${pair}` }
  const response = await fetch(bare, { signal, headers: { Accept: '*/*', ...headers } })
  if (!response.ok) throw new PacFailure(`could not be read (status ${response.status})`)
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
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

/** The system's word for it, or a few of fetch's, which hides both in its cause. */
function wordOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown; message?: unknown } }
  const word = [code, cause?.code, cause?.message].find(value => typeof value === 'string')
  return word?.slice(0, 60) ?? 'unknown'
}
