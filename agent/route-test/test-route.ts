/**
 * The connection test: passes every station of a tunnel's route once, as the agent would, and says how each came out. The password is
 * proven by a probe, which registers nothing (docs/protocol.md, 3): a running session of the same name does not notice.
 */
import type { Dialer, DialStep } from '../../net/dial/index.ts'
import { nameOf } from '../../net/proxy/chain.ts'
import { closeCodes, type SealedChannel, type Welcome } from '../../net/seal/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { RouteEvent, RouteReport } from '../../shared/route-report.ts'
import { retrySchedule } from '../../shared/session/index.ts'
import type { Clock, Random } from '../../shared/world.ts'
import { openControlConnection, openUpgradedLine } from '../control-connection.ts'
import { type PasswordSource, type TunnelEntry, targetOf, type VisitorPasswordSource } from '../entry.ts'
import { agentLimits } from '../limits.ts'
import { Sites } from '../sites/sites.ts'
import type { Target } from '../targets/target.ts'
import { drawnSalt } from '../visitors/visitor-salts.ts'
import { VisitorVerifiers } from '../visitors/visitor-verifiers.ts'
import { askTarget } from './ask-target.ts'
import { DialStations } from './dial-stations.ts'
import { Stations } from './stations.ts'

export interface RouteTest {
  readonly entry: TunnelEntry
  readonly passwordOf: PasswordSource
  /** Without it, an entry that asks its visitors for a password fails at its gateway. */
  readonly visitorPasswordOf?: VisitorPasswordSource
  readonly dialer: Dialer
  /** What is shared where the entry names no target; else the welcome page. */
  readonly target?: Target
  /** Name and version, told to the gateway. */
  readonly agent: string
  readonly clock: Clock
  readonly random: Random
  /** Ends the test; `testRoute` rejects with its reason then. */
  readonly signal: AbortSignal
  onEvent?(event: RouteEvent): void
}

/** Rejects only with the signal's reason: what goes wrong on the way stands in the report. */
export async function testRoute(test: RouteTest): Promise<RouteReport> {
  const { entry, clock, signal } = test
  const begunAt = clock.now()
  const target = targetOf(entry, test.target)
  const stations = new Stations(clock, event => test.onEvent?.(event))
  await passRoute(test, target, stations)
  stations.skipAllBut('target')
  signal.throwIfAborted()
  await passTarget(test, target, stations)
  signal.throwIfAborted()
  return {
    tunnel: entry.name,
    gateway: nameOf(entry.gateway),
    ok: !stations.hasFailed,
    ms: Math.round(clock.now() - begunAt),
    stations: [...stations.all],
  }
}

async function passRoute(test: RouteTest, target: Target, stations: Stations): Promise<void> {
  const { entry, dialer, clock, random, signal } = test
  const dial = new DialStations(stations, entry, target)
  let isDialled = false
  const way = {
    route: { gateway: entry.gateway, hops: entry.hops },
    dialer,
    clock,
    signal,
    connectMs: retrySchedule.connectMs,
    upgradeMs: agentLimits.upgradeMs,
    onStep: (step: DialStep) => {
      // Where it is dialled once more, for want of an upgrade that passes, the way there is known.
      if (!isDialled) dial.take(step)
    },
    onDialled: () => {
      isDialled = true
      stations.begin('upgrade')
    },
  }
  const onUpgraded = () => {
    stations.settle('upgrade', 'ok')
    stations.begin('handshake')
  }
  try {
    // The way is worth a test even where the password is not at hand.
    const secrets = async () => {
      const password = await test.passwordOf(entry)
      const visitors = await new VisitorVerifiers(drawnSalt(random), test.visitorPasswordOf).of(entry)
      return visitors === undefined ? { password } : { password, visitors }
    }
    const known = await secrets().catch(async (cause: unknown) => {
      const line = await openUpgradedLine(way)
      line.reset()
      onUpgraded()
      throw cause
    })
    const { channel, welcome, framing } = await openControlConnection({
      ...way,
      name: entry.name,
      ...known,
      target,
      agent: test.agent,
      random,
      isProbe: true,
      onUpgraded,
      onProven: () => {
        stations.settle('handshake', 'ok')
        stations.begin('address-rule')
      },
    })
    if (framing === 'websocket')
      stations.settle('upgrade', 'warning', { framing }, new TildegateError('only-websockets-pass'))
    welcomed(welcome, stations)
    await ended(channel)
  } catch (cause) {
    if (signal.aborted) throw cause
    if (isDialled) failedAtGateway(cause, stations)
    else dial.failed(cause)
  }
}

function welcomed({ url, inUse, outer, gateway }: Welcome, stations: Stations): void {
  stations.settle('address-rule', 'ok', { url, gateway, ...(inUse ? { inUse: true } : {}) })
  if (outer === 'unproven')
    stations.settle('encryption', 'warning', { outer }, new TildegateError('tls-inspected'))
  else stations.settle('encryption', 'ok', { outer })
}

function failedAtGateway(cause: unknown, stations: Stations): void {
  const { current } = stations
  // A gateway that knows no probes: the password is right and the address accepted, for both come before "busy".
  const isBusy = cause instanceof TildegateError && cause.code === 'name-in-use' && current === 'address-rule'
  if (isBusy) stations.settle('address-rule', 'ok', { inUse: true })
  else if (current !== undefined) stations.fail(current, cause)
  else if (!(cause instanceof TildegateError)) throw cause
}

/** Says good-bye; the channel itself bounds the wait. */
async function ended(channel: SealedChannel): Promise<void> {
  await new Promise<void>(resolve => {
    channel.start({ onFrame: () => {}, onClose: () => resolve() })
    channel.close(closeCodes.normal)
  })
}

/** Whether or not the gateway was reached: what is shared must answer here. */
async function passTarget({ clock, signal }: RouteTest, target: Target, stations: Stations): Promise<void> {
  stations.begin('target')
  try {
    const status = await askTarget(target, { clock, signal, sites: new Sites(clock) })
    if (status < 500) stations.settle('target', 'ok', { status })
    else
      stations.settle('target', 'warning', { status }, new TildegateError('target-reports-error', { status }))
  } catch (cause) {
    if (signal.aborted) throw cause
    stations.fail('target', cause)
  }
}
