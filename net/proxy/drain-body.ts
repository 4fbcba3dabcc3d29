/** Reads the body of a 407 away, so that the next request can go on the same connection (RFC 9112, 6). */
import { headerValues, type ResponseHead } from '../response-head.ts'
import { StreamEnded, type StreamReader } from './stream-reader.ts'

/** More is not worth reading: a new connection costs less. */
const maxBytes = 64 * 1024

/** @returns whether the body was read to its end, so that the connection can be used again */
export async function drainBody(reader: StreamReader, head: ResponseHead): Promise<boolean> {
  const coding = headerValues(head, 'transfer-encoding').join(',').toLowerCase()
  const [length] = headerValues(head, 'content-length')
  try {
    if (coding.split(',').some(word => word.trim() === 'chunked')) return await drainChunks(reader)
    if (length === undefined || !/^\d+$/.test(length) || Number(length) > maxBytes) return false
    return await drainLength(reader, Number(length))
  } catch (cause) {
    if (cause instanceof StreamEnded) return false
    throw cause
  }
}

async function drainLength(reader: StreamReader, length: number): Promise<boolean> {
  for (let left = length; left > 0; ) {
    const bytes = await reader.next()
    reader.unread(bytes.subarray(left))
    left -= Math.min(left, bytes.length)
  }
  return true
}

async function drainChunks(reader: StreamReader): Promise<boolean> {
  let total = 0
  for (;;) {
    const line = await readLine(reader)
    const size = /^([0-9a-f]{1,6})[ \t]*(?:;.*)?$/i.exec(line ?? '')?.[1]
    if (size === undefined) return false
    const length = Number.parseInt(size, 16)
    total += length
    if (total > maxBytes) return false
    if (length === 0) return drainTrailers(reader)
    await drainLength(reader, length)
    if ((await readLine(reader)) !== '') return false
  }
}

async function drainTrailers(reader: StreamReader): Promise<boolean> {
  for (let lines = 0; lines < 32; lines++) {
    const line = await readLine(reader)
    if (line === undefined) return false
    if (line === '') return true
  }
  return false
}

/** Without its end; undefined for one that is too long. */
async function readLine(reader: StreamReader): Promise<string | undefined> {
  let line = ''
  for (;;) {
    const bytes = await reader.next()
    const end = bytes.indexOf(0x0a)
    line += bytes.subarray(0, end < 0 ? bytes.length : end).toString('latin1')
    if (end >= 0) {
      reader.unread(bytes.subarray(end + 1))
      return line.replace(/\r$/, '')
    }
    if (line.length > 1024) return undefined
  }
}
