/** A tunnel to a gateway twin, and its states as they come. */
import { onTestFinished } from 'vitest'
import {
  createTunnel,
  hopResolver,
  passwordFrom,
  type TunnelOptions,
  type TunnelState,
} from '../../../agent/index.ts'
import { createDialer, type DialerSettings } from '../../../net/dial/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { parseAgentLine, parseTarget } from '../../../shared/balance/index.ts'
import { Secret } from '../../../shared/secret.ts'
import { silentLog } from '../../../shared/world.ts'
import { Arrivals } from '../../support/gateway-twin.ts'

export interface SceneOptions {
  readonly port: number
  /** Default `a`. */
  readonly name?: string
  readonly scheme?: 'http' | 'https' | 'either'
  /** Proxies, as an entry writes them. */
  readonly via?: readonly string[]
  readonly target?: string
  readonly password?: string
  readonly tunnel?: Partial<TunnelOptions>
  readonly dialer?: Partial<DialerSettings>
}

export function startTunnel({
  port,
  name = 'a',
  scheme = 'http',
  via = [],
  target,
  password = 'pw',
  ...more
}: SceneOptions) {
  const chosen = target === undefined ? undefined : parseTarget(target)
  if (chosen !== undefined && 'wording' in chosen) throw new Error(chosen.wording.text)
  const host = '127.0.0.1'
  const route =
    via.length === 0 ? undefined : parseAgentLine(`/~~${name}=x#${host}:${port} -> ${via.join(' -> ')};`)
  const tunnel = createTunnel({
    entry: {
      name,
      password: { kind: 'file', secret: Secret.fromText(password) },
      gateway: { ...(scheme === 'either' ? {} : { scheme }), host, port },
      hops: route?.entries[0]?.hops ?? [],
    },
    ...(chosen ? { target: { kind: 'service', ...chosen } } : {}),
    passwordOf: passwordFrom({}),
    dialer: createDialer({
      clock: systemClock,
      random: systemRandom,
      resolveHops: hopResolver({ environment: {} }),
      ...more.dialer,
    }),
    agent: 'test/1',
    clock: systemClock,
    // Jitter at its longest, so that a wait is told apart from none.
    random: { ...systemRandom, fraction: () => 0.5 },
    log: silentLog,
    ...more.tunnel,
  })
  onTestFinished(() => tunnel.destroy())
  const states = new Arrivals<TunnelState>()
  tunnel.onState(state => states.add(state))
  tunnel.start()
  const until = async (state: TunnelState['state'], withinMs?: number) => {
    for (;;) {
      const next = await states.next(withinMs)
      if (next.state === state) return next
    }
  }
  return { tunnel, states, until }
}
