/** Opening connections with deadlines. The chain of proxies will be another `Dialer`. */
export { reasonOf, untilReady } from './deadlines.ts'
export { createDirectDialer, type DirectDialerOptions } from './direct.ts'
export type { Carrier, Dialer, DialOptions, Line, OuterSeen, Route } from './line.ts'
export { resetTcp } from './reset.ts'
export { type Address, connectTcp, systemErrorOf } from './tcp.ts'
export { NotTlsError, sha256Hex, startTls } from './tls.ts'
