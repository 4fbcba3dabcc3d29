/** What a 407 offers: the challenges of its `Proxy-Authenticate` lines (RFC 9110, 11.6.1 and 11.7.1). Never throws. */
export interface AuthChallenge {
  /** Lower case. */
  readonly scheme: string
  /** The token68 behind the scheme, for NTLM and Negotiate. */
  readonly token?: string
}

const maxChallenges = 32
const schemePattern = /[ \t,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)/y
/** Followed by a comma or the end; else it is a parameter's name. */
const tokenPattern = /[ \t]+([A-Za-z0-9._~+/-]+=*)(?=[ \t]*(?:,|$))/y
/** The long token of a connection's login may be folded over lines, wherever its sender liked. */
const foldedTokenPattern = /[ \t]+([A-Za-z0-9+/]+(?:[ \t]+[A-Za-z0-9+/]+)*=*)(?=[ \t]*(?:,|$))/y
const parameterPattern =
  /[ \t,]*[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~0-9A-Za-z-]+)/y

/** @param values one for each line */
export function parseChallenges(values: readonly string[]): readonly AuthChallenge[] {
  const challenges: AuthChallenge[] = []
  for (const value of values) {
    let at = 0
    const match = (pattern: RegExp) => {
      pattern.lastIndex = at
      const found = pattern.exec(value)
      if (found !== null) at = pattern.lastIndex
      return found
    }
    while (challenges.length < maxChallenges) {
      const scheme = match(schemePattern)?.[1]
      if (scheme === undefined) break
      const name = scheme.toLowerCase()
      const isLong = name === 'ntlm' || name === 'negotiate'
      const token = match(isLong ? foldedTokenPattern : tokenPattern)?.[1]?.replace(/[ \t]/g, '')
      challenges.push({ scheme: name, ...(token === undefined ? {} : { token }) })
      while (match(parameterPattern) !== null);
    }
  }
  return challenges
}

const spelling: Readonly<Record<string, string>> = {
  basic: 'Basic',
  ntlm: 'NTLM',
  negotiate: 'Negotiate',
  digest: 'Digest',
  kerberos: 'Kerberos',
}

/** "Basic and Negotiate", for people. */
export function namesOf(challenges: readonly AuthChallenge[]): string {
  const names = [...new Set(challenges.map(({ scheme }) => spelling[scheme] ?? scheme.slice(0, 20)))]
  if (names.length === 0) return 'nothing'
  return names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
