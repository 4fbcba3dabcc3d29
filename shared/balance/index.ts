/** The grammars of balance.bin and backbalance.bin: text → entries and diagnostics, and back without loss. */
export { type AddressRule, canonicalAddress, matchesAddress, parseAddressRule } from './address-rule.ts'
export type { AgentEntry, AgentGrammarOptions, GatewayAddress } from './agent-grammar.ts'
export { type Diagnostic, formatDiagnostic, type Severity } from './diagnostic.ts'
export {
  type DiagnosticText,
  diagnosticTexts,
  inEnglish,
  type MendText,
  mendTexts,
  type Wording,
} from './diagnostic-texts.ts'
export { type Document, parseDocument, printDocument, printText } from './document.ts'
export { withEntry, withEntryAdded, withoutLine, withoutPasswords } from './edit.ts'
export type { BackEntry, DirectEntry, GatewayEntry } from './gateway-grammar.ts'
export type { Hop, HopLogin, PasswordSource } from './hop.ts'
export { isPort, parseHostPort, printHost } from './host-port.ts'
export { MaskedText, type Replaced, tokenPattern, type UnmaskedLine } from './masked-text.ts'
export { type Parsed, parseAgentLine, parseBackbalance, parseBalance } from './parse.ts'
export { type PlainEntry, type PlainHop, printEntry } from './print-entry.ts'
export {
  parseTarget,
  printTarget,
  type TargetFault,
  type TargetSpec,
} from './target.ts'
export type { VisitorsSource } from './visitors.ts'
