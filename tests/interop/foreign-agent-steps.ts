/** Steps that the tests of the document share. */
import type { Duplex } from 'node:stream'
import { type Frames, frameType, type Reader } from './wire.ts'

/** Each OPEN stands for a visitor. */
export const noSpares = { limits: { sparesMin: 0, sparesMax: 0 } }

export async function nextOpen(frames: Frames): Promise<Buffer> {
  for (;;) {
    const { type, payload } = await frames.receive()
    if (type === frameType.open) return payload
  }
}

export async function answerOnce(stream: Duplex, reader: Reader, body: string): Promise<string> {
  const head = await reader.head()
  stream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  return head
}
