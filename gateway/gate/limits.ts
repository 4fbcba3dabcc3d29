/** The limits of the visitors' gate as data, rows of the same shape as those of `gateway/limits.ts`. Each is a setting. */
export const gateLimitTable = {
  visitorSessionMs: { value: 7 * 24 * 3_600_000, unit: 'ms', reason: 'how long a visitor stays logged in' },
  visitorLoginBytes: { value: 8_192, unit: 'bytes', reason: 'the form of a login' },
  visitorLoginMs: { value: 15_000, unit: 'ms', reason: 'how long a login’s form may take to arrive' },
  visitorGuessesPerTunnelAndAddressPerMinute: {
    value: 10,
    unit: 'per minute',
    reason: 'wrong visitor passwords for one tunnel from one address (IPv6: one /64)',
  },
  visitorGuessesPerAddressPerMinute: {
    value: 60,
    unit: 'per minute',
    reason: 'wrong visitor passwords from one address (IPv6: one /64), all tunnels together',
  },
  visitorHashCost: {
    value: 131_072,
    unit: 'count',
    reason: 'N · p of the scrypt that an agent may ask for (r is 8); each takes 1 KiB · N of memory',
  },
  visitorHashesAtOnce: { value: 2, unit: 'count', reason: 'visitor passwords that are checked at once' },
  visitorHashQueue: { value: 64, unit: 'count', reason: 'visitor passwords that wait to be checked' },
  visitorHashQueuePerTunnel: { value: 16, unit: 'count', reason: 'of these, for one tunnel' },
  visitorHashQueueMs: { value: 10_000, unit: 'ms', reason: 'how long one waits to be checked' },
  rememberedLogins: { value: 4_096, unit: 'count', reason: 'HTTP Basic logins whose check is remembered' },
  rememberedLoginMs: { value: 300_000, unit: 'ms', reason: 'how long it is' },
  endedVisitorSessions: { value: 16_384, unit: 'count', reason: 'logged out sessions that are remembered' },
} as const

export type GateLimits = { readonly [K in keyof typeof gateLimitTable]: number }
