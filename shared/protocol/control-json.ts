/** The JSON payloads of HELLO, WELCOME and REFUSED (docs/protocol.md, 3). Further members are ignored. */
import * as v from 'valibot'
import { TildegateError } from '../errors.ts'
import { textOf, utf8 } from './bytes.ts'
import { wire } from './limits.ts'
import { verifierSchema } from './visitor-verifier.ts'

const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-fA-F]{${2 * bytes}}$`)))
const shortText = v.string()
const milliseconds = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

const helloSchema = v.object({
  agent: shortText,
  os: shortText,
  outer: v.variant('tls', [
    v.object({ tls: v.literal(false) }),
    v.object({ tls: v.literal(true), certSha256: hex(32) }),
  ]),
  resume: v.optional(v.object({ session: hex(16), proof: hex(32) })),
  target: v.optional(
    v.object({
      scheme: v.picklist(['http', 'https']),
      /** Host and, unless it is the scheme's default, port. No space, no control character: it becomes a Host header. */
      host: v.pipe(v.string(), v.maxLength(300), v.regex(/^[\x21-\x7e]+$/)),
      base: v.pipe(v.string(), v.maxLength(1024), v.regex(/^\/[\x21-\x7e]*$/)),
      keepsHost: v.optional(v.boolean()),
    }),
  ),
  probe: v.optional(v.boolean()),
  ended: v.optional(v.boolean()),
  /** Visitors are to be asked for the password that this is of. */
  visitors: v.optional(v.object({ scrypt: verifierSchema })),
  /** This agent wants VISITS. */
  visits: v.optional(v.boolean()),
})

const welcomeSchema = v.object({
  session: hex(16),
  resumeSecret: hex(32),
  aliveMs: milliseconds,
  deadMs: milliseconds,
  url: v.pipe(v.string(), v.maxLength(2048)),
  outer: v.picklist(['plain', 'proven', 'unproven']),
  innerTls: v.object({ certSha256: hex(32) }),
  gateway: shortText,
  inUse: v.optional(v.boolean()),
  /** They are asked: HELLO's `visitors` is in force. */
  visitors: v.optional(v.boolean()),
  /** VISITS will be sent. */
  visits: v.optional(v.boolean()),
})

const refusedSchema = v.object({
  code: v.picklist(['busy', 'address', 'disabled', 'overloaded']),
  message: shortText,
  retryAfterMs: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})

export type Hello = v.InferOutput<typeof helloSchema>
export type Welcome = v.InferOutput<typeof welcomeSchema>
export type Refused = v.InferOutput<typeof refusedSchema>

/** Each throws TildegateError protocol-violation. */
export const decodeHello = (payload: Uint8Array): Hello => decode(helloSchema, payload, 'HELLO')
export const decodeWelcome = (payload: Uint8Array): Welcome => decode(welcomeSchema, payload, 'WELCOME')
export const decodeRefused = (payload: Uint8Array): Refused => decode(refusedSchema, payload, 'REFUSED')

/** @throws TildegateError protocol-violation where it would be too long for the other side */
export function encodeJson(value: Hello | Welcome | Refused): Uint8Array<ArrayBuffer> {
  const bytes = utf8(JSON.stringify(value))
  if (bytes.length > wire.jsonMaxBytes) throw violation('JSON too long to be sent')
  return bytes
}

function decode<Schema extends v.GenericSchema>(
  schema: Schema,
  payload: Uint8Array,
  frame: string,
): v.InferOutput<Schema> {
  if (payload.length > wire.jsonMaxBytes) throw violation(`${frame} longer than ${wire.jsonMaxBytes} bytes`)
  const text = textOf(payload)
  if (text === undefined) throw violation(`${frame} is not UTF-8`)
  if (depthOf(text) > wire.jsonMaxDepth) throw violation(`${frame} nested deeper than ${wire.jsonMaxDepth}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new TildegateError('protocol-violation', { reason: `${frame} is not JSON` }, { cause })
  }
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  throw violation(`${frame}: ${v.getDotPath(result.issues[0]) ?? 'the whole'} is not as specified`)
}

/** How deep brackets nest, looked at before the parser sees them. Brackets within strings do not count. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (inString) {
      if (character === '\\') i++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth--
  }
  return deepest
}

function violation(reason: string): TildegateError {
  return new TildegateError('protocol-violation', { reason })
}
