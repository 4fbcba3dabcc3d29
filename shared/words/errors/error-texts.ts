/** Failures in the windows' words: what happened and what to do. English is the table's own, but where its advice is for a terminal. */
import type { ErrorCode } from '../../errors.ts'

/** Those that only a gateway, or its visitors, ever meet. */
type GatewaysOwn =
  | 'tunnel-offline'
  | 'tunnel-busy'
  | 'too-many-requests'
  | 'agent-silent'
  | 'back-connection-refused'
  | 'back-connection-timeout'
  | 'request-timeout'
  | 'request-malformed'
  | 'visitor-stalled'
  | 'visitor-login-needed'
  | 'visitor-password-wrong'
  | 'visitor-login-foreign'
  | 'visitor-guesses'
  | 'listen-in-use'
  | 'listen-denied'
  | 'listen-address'
  | 'passed-sockets-unusable'
  | 'service-file-foreign'
  | 'service-program-hidden'
  | 'service-not-permitted'
  | 'service-manager-missing'
  | 'service-command-failed'
  | 'proxy-header-invalid'
  | 'certificate-unusable'
  | `acme-${string}`
  | 'admin-needs-token'
  | 'admin-token-weak'

export type ShownCode = Exclude<ErrorCode, GatewaysOwn>
export type ErrorWords = readonly [text: string, mend: string]
/** `{word}` is filled in from the failure's details. */
export type ErrorTexts = Readonly<Record<ShownCode, ErrorWords>>
