/** `visitors=keychain` or `visitors=env:VAR`: visitors are asked for a password, and where it is. Never the password itself. */
import type { TargetFault } from './target.ts'

/** Where the visitor password of a tunnel is. */
export type VisitorsSource =
  | { readonly kind: 'keychain' }
  | { readonly kind: 'environment'; readonly variable: string }

export const visitorsOption = /^visitors=/

/** @param value behind `visitors=` @param start its offset in `text` */
export function readVisitors(text: string, value: string, start: number): VisitorsSource | TargetFault {
  if (value === 'keychain') return { kind: 'keychain' }
  const variable = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(value)?.[1]
  if (variable !== undefined) return { kind: 'environment', variable }
  return {
    wording: { text: 'bad-visitors', mend: 'visitors-in-keychain', details: {} },
    start,
    // A password may hold spaces: all that follows may be part of it.
    end: Math.max(start + 1, text.trimEnd().length),
    isSecret: true,
  }
}

export function printVisitors(source: VisitorsSource): string {
  return `visitors=${source.kind === 'keychain' ? 'keychain' : `env:${source.variable}`}`
}
