/**
 * Answers to visitors who had to log in are for them alone: a cache between gateway and visitors (RFC 9111 §5.2.2.7)
 * must not hand them to who did not.
 */
import { fieldsOf } from './header-list.ts'

/** Speak to caches in between only, and over the head of Cache-Control. */
const forSharedCaches = /^(?:surrogate-control|(?:.+-)?cdn-cache-control)$/i

/** What stands in quotes may hold commas. */
const directive = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g

export function keptPrivate(headers: readonly string[]): string[] {
  const kept: string[] = []
  const directives: string[] = []
  for (const [name, value] of fieldsOf(headers)) {
    if (name.toLowerCase() === 'cache-control')
      directives.push(...(value.match(directive) ?? []).map(one => one.trim()))
    else if (!forSharedCaches.test(name)) kept.push(name, value)
  }
  const own = directives.filter(one => !/^(?:public|private|s-maxage|proxy-revalidate)(?:\s*=|$)/i.test(one))
  return [...kept, 'Cache-Control', ['private', ...own.filter(one => one !== '')].join(', ')]
}
