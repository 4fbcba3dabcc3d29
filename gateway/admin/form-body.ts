/** The body of a small form, read whole within a bound. */
import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'

const maxBytes = 4096

/** Undefined: too long, cut off, no JSON, or not as the schema says. */
export async function formOf<Schema extends v.GenericSchema>(
  request: IncomingMessage,
  schema: Schema,
): Promise<v.InferOutput<Schema> | undefined> {
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      bytes += piece.length
      if (bytes <= maxBytes) pieces.push(piece)
    }
    if (bytes > maxBytes) return undefined
    const result = v.safeParse(schema, JSON.parse(Buffer.concat(pieces).toString('utf8')))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}
