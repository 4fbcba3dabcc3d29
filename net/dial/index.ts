/** Opening connections with deadlines, direct or through a chain of proxies. */
export { reasonOf, untilReady, within } from './deadlines.ts'
export { createDialer, type DialerSettings } from './dialer.ts'
export type { Carrier, Dialer, DialOptions, Line, LookOptions, OuterSeen, Route } from './line.ts'
export { resetTcp } from './reset.ts'
export type { DialStep, HopSeen, OnStep } from './steps.ts'
export { type Address, connectTcp, systemErrorOf } from './tcp.ts'
export { NotTlsError, sha256Hex, startTls } from './tls.ts'
export type { Way } from './ways.ts'
