/**
 * How the TLS listeners speak TLS, as data: versions, suites, groups, signatures, protocols. Nothing here is without
 * forward secrecy, and nothing depends on what Node's own defaults are or on NODE_OPTIONS.
 */
import { constants } from 'node:crypto'
import { createSecureContext, type TlsOptions } from 'node:tls'
import type { CertificatePair } from './self-signed.ts'

/** Names of TLS 1.3 first. AEAD and an ephemeral key exchange in all of them: no CBC, no RSA key exchange, no finite-field DH. */
const suites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

const classicGroups = 'X25519:P-256:P-384'
/** With ML-KEM what is recorded today cannot be read by a quantum computer of tomorrow. OpenSSL has it from 3.5 on. */
const groups = has(`X25519MLKEM768:${classicGroups}`) ?? classicGroups

/** No SHA-1. */
const signatures = [
  ...['ECDSA+SHA256', 'ECDSA+SHA384', 'ECDSA+SHA512', 'ed25519'],
  ...['RSA-PSS+SHA256', 'RSA-PSS+SHA384', 'RSA-PSS+SHA512', 'RSA+SHA256', 'RSA+SHA384', 'RSA+SHA512'],
]

/** What visitors may speak, the best first (ALPN). */
const applicationProtocols = ['h2', 'http/1.1']

export interface ListenerTlsOptions {
  /** How long a session may be resumed. */
  readonly ticketSeconds: number
  readonly http2: boolean
}

export function listenerTls({ cert, key }: CertificatePair, options: ListenerTlsOptions): TlsOptions {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ciphers: suites.join(':'),
    // Ours, but ChaCha20 for who likes that best: phones that have no AES in hardware.
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA | constants.SSL_OP_NO_RENEGOTIATION,
    ecdhCurve: groups,
    sigalgs: signatures.join(':'),
    sessionTimeout: options.ticketSeconds,
    ALPNProtocols: options.http2 ? applicationProtocols : applicationProtocols.filter(name => name !== 'h2'),
  }
}

function has(ecdhCurve: string): string | undefined {
  try {
    createSecureContext({ ecdhCurve })
    return ecdhCurve
  } catch {
    return undefined
  }
}
