/**
 * Whom this computer trusts, as its browsers see it: the authorities that come with Node, those of the operating system (where a
 * company puts the root of its own), and those the user names. Node by itself looks at its own list only.
 */
import * as tls from 'node:tls'

const contexts = new Map<string, tls.SecureContext>()

/** @param extra PEM. Reading the system's store takes some 50 ms, once. */
export function systemTrust(extra = ''): tls.SecureContext {
  const known = contexts.get(extra)
  if (known !== undefined) return known
  const context = tls.createSecureContext({ ca: [...authorities(), ...(extra === '' ? [] : [extra])] })
  contexts.set(extra, context)
  return context
}

function authorities(): readonly string[] {
  // Node 20 lacks it.
  const { getCACertificates } = tls as Partial<typeof tls>
  if (getCACertificates === undefined) return tls.rootCertificates
  return [...getCACertificates('default'), ...getCACertificates('system')]
}
