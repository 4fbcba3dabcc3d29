/** What a dial does, as it does it, for whoever shows it (the connection test). Nothing here changes how the dial goes. */

/** A proxy of the route as it will be dialled, without its password. */
export interface HopSeen {
  readonly kind: 'http' | 'https' | 'socks5'
  /** Without brackets. */
  readonly host: string
  readonly port: number
  readonly login?: 'basic' | 'ntlm'
  /** Its place in the entry, counted from 1; its place in the route is another where `system` before it is the direct way. */
  readonly number?: number
}

/**
 * `hop`: the proxy that a step leads to or through, counted from 1; 0 for the gateway. A step that has begun and is never done is
 * the one that the dial failed in. Steps may begin anew: a login asks for another connection, or TLS is given up for plain.
 */
export type DialStep =
  /**
   * Which proxies it goes through; those of the system are known only now, with what it said. Comes anew where the system names another
   * proxy after one that is out of reach.
   */
  | { readonly step: 'route'; readonly hops: readonly HopSeen[]; readonly said?: string }
  | { readonly step: 'name' | 'tcp' | 'tls' | 'connect'; readonly hop: number; readonly state: 'begun' }
  | NameDone
  | TcpDone
  | TlsDone
  | ConnectDone
  /** The other side speaks no TLS. A gateway that need not is dialled again without. */
  | { readonly step: 'tls'; readonly hop: number; readonly state: 'absent'; readonly ms: number }

interface Done {
  readonly hop: number
  readonly state: 'done'
  readonly ms: number
}

export interface NameDone extends Done {
  readonly step: 'name'
  readonly addresses: readonly string[]
}

export interface TcpDone extends Done {
  readonly step: 'tcp'
  /** The one that answered. */
  readonly address: string
}

export interface TlsDone extends Done {
  readonly step: 'tls'
  /** `TLSv1.3` */
  readonly version: string
  readonly certSha256: string
  /** The certificate verifies, for the name that was dialled. */
  readonly authorized: boolean
}

export interface ConnectDone extends Done {
  readonly step: 'connect'
  /** How we logged in; undefined without a login. */
  readonly scheme: string | undefined
}

export type OnStep = (step: DialStep) => void
