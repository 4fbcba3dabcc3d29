/**
 * What a user fills in for a tunnel. Passwords go in and never come out: a form that is given back has none, and one left out means "the one
 * that is stored".
 */
import * as v from 'valibot'

const host = v.pipe(v.string(), v.minLength(1), v.maxLength(253))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const shortText = v.pipe(v.string(), v.maxLength(256))
export const passwordText = v.pipe(v.string(), v.minLength(1), v.maxLength(1_024))
/** Others may guess at it, so it has a length. */
export const visitorPasswordMinLength = 8
export const visitorPasswordText = v.pipe(v.string(), v.minLength(visitorPasswordMinLength), v.maxLength(256))

export const loginForm = v.strictObject({
  scheme: v.picklist(['basic', 'ntlm']),
  /** NTLM only. */
  domain: v.exactOptional(shortText),
  user: v.pipe(shortText, v.minLength(1)),
  password: v.exactOptional(passwordText),
})

export const proxyForm = v.variant('kind', [
  v.strictObject({ kind: v.literal('system') }),
  v.strictObject({
    kind: v.picklist(['http', 'https', 'socks5']),
    host,
    port,
    login: v.exactOptional(loginForm),
  }),
])
export type ProxyForm = v.InferOutput<typeof proxyForm>

const maxProxies = 8

export const tunnelForm = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,64}$/)),
  gateway: v.strictObject({ scheme: v.exactOptional(v.picklist(['http', 'https'])), host, port }),
  password: v.exactOptional(passwordText),
  /** From this PC outwards. */
  proxies: v.pipe(v.array(proxyForm), v.maxLength(maxProxies)),
  /** As backbalance.bin writes it: `http://127.0.0.1:8123 host=keep`. Absent: the welcome page. */
  target: v.exactOptional(v.pipe(v.string(), v.maxLength(2_048))),
  /** Visitors are asked for a password: this one, the one that is stored, or that of a variable of this PC. */
  visitors: v.exactOptional(
    v.strictObject({
      password: v.exactOptional(visitorPasswordText),
      variable: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/))),
    }),
  ),
  /** What the user calls it. */
  title: v.exactOptional(v.pipe(v.string(), v.maxLength(120))),
})
export type TunnelForm = v.InferOutput<typeof tunnelForm>
