/**
 * The limits of the visitors' side as data, rows of the same shape as those of `gateway/limits.ts`:
 * default, unit and reason. Each is a setting.
 */
import { protocolLimits } from '../../shared/protocol/limits.ts'

export const visitorLimitTable = {
  headBytes: { value: protocolLimits.headBytes, unit: 'bytes', reason: 'the head of a request' },
  headMs: { value: 15_000, unit: 'ms', reason: 'the whole head of a request (slowloris)' },
  keepAliveIdleMs: { value: 65_000, unit: 'ms', reason: 'a visitor’s idle connection between two requests' },
  requestBurstPerAddress: {
    value: 10_000,
    unit: 'count',
    reason:
      'requests that may come at once from one address (IPv6: one /64): five loads of a page of 2000 modules',
  },
  requestsPerAddressPerMinute: {
    value: 30_000,
    unit: 'per minute',
    reason:
      'how fast that many may come again: an office of hundreds behind one address, not one that takes all the gateway can do',
  },
  surplusRequestMs: {
    value: 1_000,
    unit: 'ms',
    reason:
      'until a request above these is refused: who asks again at once would else keep the gateway busy with refusing',
  },
  surplusRequests: {
    value: 4_096,
    unit: 'count',
    reason: 'requests that have this time, all addresses together; further ones are refused at once',
  },
  pipelinedRequests: { value: 128, unit: 'count', reason: 'requests of one connection that wait their turn' },
  uploadIdleMs: { value: 60_000, unit: 'ms', reason: 'a visitor that stops sending within a body' },
  stalledVisitorMs: { value: 120_000, unit: 'ms', reason: 'a visitor that does not read what it asked for' },
  acquireMs: { value: 20_000, unit: 'ms', reason: 'getting a connection to the target' },
  answerMs: {
    value: 120_000,
    unit: 'ms',
    reason: 'the target begins its answer after the whole request, or goes on reading a body',
  },
  answerHeadBytes: {
    value: 64 * 1024,
    unit: 'bytes',
    reason: 'the head of an answer; cookies make it large',
  },
  interimAnswers: { value: 32, unit: 'count', reason: 'answers with 1xx that are passed on for one request' },
  endedInOrderMs: { value: 10_000, unit: 'ms', reason: 'the word that an answer without a length is whole' },
  earlyBytes: {
    value: 64 * 1024,
    unit: 'bytes',
    reason: 'sent behind an upgrade request before it is answered',
  },
  halfClosedMs: {
    value: 60_000,
    unit: 'ms',
    reason: 'an upgraded connection of which one half is closed, at rest',
  },
  lingerMs: {
    value: 5_000,
    unit: 'ms',
    reason: 'a closed connection whose visitor still sends, so that it reads the answer',
  },
  http2Streams: {
    value: 128,
    unit: 'count',
    reason: 'requests that are under way at once on one HTTP/2 connection',
  },
  http2WindowBytes: {
    value: 256 * 1024,
    unit: 'bytes',
    reason:
      'sent ahead within one HTTP/2 upload: 20 Mbit/s at 100 ms, and as much memory where nobody reads it',
  },
  http2MemoryBytes: {
    value: 16 * 1024 * 1024,
    unit: 'bytes',
    reason: 'what waits on one HTTP/2 connection to be read; above it new requests on it are refused',
  },
  http2ResetBurst: {
    value: 500,
    unit: 'count',
    reason: 'requests that an HTTP/2 visitor takes back at once, as a page that is left does (rapid reset)',
  },
  http2ResetsPerMinute: {
    value: 1_200,
    unit: 'per minute',
    reason: 'how fast that many may be taken back again',
  },
  http2ControlFramesPerMinute: {
    value: 6_000,
    unit: 'per minute',
    reason:
      'PING and SETTINGS of one HTTP/2 connection, each of which asks for an answer; gRPC measures its line by them',
  },
  http2InvalidFrames: {
    value: 100,
    unit: 'count',
    reason: 'frames of one HTTP/2 connection that are against the protocol, or empty and say nothing',
  },
} as const

export type VisitorLimits = { readonly [K in keyof typeof visitorLimitTable]: number }

export const visitorLimits = Object.fromEntries(
  Object.entries(visitorLimitTable).map(([name, row]) => [name, row.value]),
) as VisitorLimits
