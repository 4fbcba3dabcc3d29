/** What the tests of the grammars share: short names for what a file yields. */
import {
  type AgentEntry,
  type Diagnostic,
  formatDiagnostic,
  type GatewayEntry,
  type Parsed,
  parseBackbalance,
  parseBalance,
} from '../../../shared/balance/index.ts'
import { Secret } from '../../../shared/secret.ts'

export const gateway = (source: string | Uint8Array) => parseBalance(source, 'balance.bin')
export const subserver = (source: string | Uint8Array) => parseBackbalance(source, 'backbalance.bin')

export function plain(secret: Secret): string {
  return secret.use(bytes => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
}

/** An entry with its secrets spelt out and without what only says where it stood. */
export function spelt(entry: GatewayEntry | AgentEntry): unknown {
  return speltOut(entry)
}

function speltOut(value: unknown): unknown {
  if (value instanceof Secret) return plain(value)
  if (Array.isArray(value)) return value.map(speltOut)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([key]) => key !== 'line' && key !== 'secretSpans')
  return Object.fromEntries(members.map(([key, member]) => [key, speltOut(member)]))
}

export function codes({ diagnostics }: Parsed<unknown>): string[] {
  return diagnostics.map(({ severity, code }) => `${severity} ${code}`)
}

export function printed(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(diagnostic => formatDiagnostic(diagnostic)).join('\n')
}
