/** An address as a chain of proxies passes it on. */
export interface Endpoint {
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** `host:port`, with brackets around IPv6. */
export function nameOf({ host, port }: Endpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
