/**
 * The driver of one tunnel: does what the session machine asks for (sockets, timers) and tells it what happened.
 * It decides nothing itself; the rules are in shared/session.
 */
import type { Carrier, Route } from '../net/dial/index.ts'
import { type ControlFrame, closeCodes, type SealedChannel } from '../net/seal/index.ts'
import { Secret } from '../shared/secret.ts'
import {
  type Effect,
  type Happening,
  initialState,
  type SessionState,
  step,
  viewOf,
} from '../shared/session/index.ts'
import type { Timer } from '../shared/world.ts'
import { BackConnections, type BackTraffic, sumOf } from './back/back-connections.ts'
import { PastSessions } from './back/past-sessions.ts'
import { type ControlConnection, openControlConnection, type Resumption } from './control-connection.ts'
import { causeOf, endOf, type Farewell, failureOf } from './ends.ts'
import { targetOf } from './entry.ts'
import { type Framing, FramingChoice, FramingMemory } from './framing.ts'
import { agentLimits } from './limits.ts'
import { logAlive, logFraming, logState } from './reporting.ts'
import { Sites } from './sites/sites.ts'
import { dialTarget } from './targets/dial-target.ts'
import type { Tunnel, TunnelOptions, TunnelState } from './tunnel-shape.ts'
import { HeardVisits } from './visitors/heard-visits.ts'
import { drawnSalt } from './visitors/visitor-salts.ts'
import { VisitorVerifiers } from './visitors/visitor-verifiers.ts'
import { lookAtWay } from './way.ts'

export type { Tunnel, TunnelOptions, TunnelState, TunnelStatus } from './tunnel-shape.ts'

interface Live {
  readonly attempt: number
  readonly channel: SealedChannel
  readonly back: BackConnections
  readonly since: number
  readonly framing: Framing
  readonly visits: HeardVisits
  farewell?: Farewell
  ping?: { readonly id: number; readonly at: number }
  roundTripMs?: number
}

const noTraffic: BackTraffic = { open: 0, visitors: 0, bytesIn: 0, bytesOut: 0 }

export function createTunnel(options: TunnelOptions): Tunnel {
  const { entry, clock, random, log } = options
  const { name } = entry
  const limits = { ...agentLimits, ...options.limits }
  const target = targetOf(entry, options.target)
  const sites = new Sites(clock)
  const verifiers = new VisitorVerifiers(
    options.visitorSaltOf ?? drawnSalt(random),
    options.visitorPasswordOf,
  )
  const route: Route = { gateway: entry.gateway, hops: entry.hops }
  const framings = (options.framings ?? new FramingMemory(clock)).of(route)
  const listeners = new Set<(state: TunnelState) => void>()
  const happenings: Happening[] = []
  let isStepping = false
  let state: SessionState = initialState
  let timer: Timer | undefined
  let [dialling, looking]: AbortController[] = []
  let live: Live | undefined
  let closing: Promise<void> | undefined
  let carrier: Carrier | undefined
  let resumption: Resumption | undefined
  let isDestroyed = false
  const past = new PastSessions(clock)

  /** Effects may bring events at once: they wait in line, so that a step is never within a step. */
  function feed(happening: Happening): void {
    happenings.push(happening)
    if (isStepping) return
    isStepping = true
    try {
      for (let next = happenings.shift(); next !== undefined; next = happenings.shift()) {
        const moment = { now: clock.now(), wall: clock.wall(), chance: random.fraction() }
        const [after, effects] = step(state, { ...next, ...moment })
        state = after
        for (const effect of effects) perform(effect)
      }
    } finally {
      isStepping = false
    }
  }

  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'dial':
        looking?.abort()
        dialling = new AbortController()
        connect(effect.attempt, effect.connectMs, dialling.signal).catch((error: unknown) =>
          feed({ kind: 'failed', attempt: effect.attempt, ...failureOf(error) }),
        )
        return
      case 'abandon':
        dialling?.abort(new Error('the attempt was given up'))
        return
      case 'lookAtWay':
        looking = new AbortController()
        void lookAtWay(options.dialer, route, looking.signal).then(found =>
          feed({ kind: 'wayLooked', attempt: effect.attempt, ...found }),
        )
        return
      case 'sendPing':
        if (live === undefined) return
        live.ping = { id: effect.id, at: clock.now() }
        live.channel.send({ type: 'ping', id: BigInt(effect.id) })
        return
      case 'closeChannel':
        if (effect.graceful) live?.channel.close(closeCodes.normal)
        else live?.channel.destroy()
        return
      case 'dropBackConnections':
        if (live !== undefined) forget(live)
        live = undefined
        return
      case 'scheduleTick':
        timer?.cancel()
        timer =
          effect.at === undefined
            ? undefined
            : clock.after(Math.max(0, effect.at - clock.now()), () => feed({ kind: 'tick' }))
        return
      case 'learnedAlive':
        logAlive(log, name, effect.aliveMs)
        return
      case 'report':
        report()
    }
  }

  /** A gateway that stops may be handing over to a newer one: what it still serves goes on. */
  function forget({ back, farewell }: Live): void {
    past.add(back, farewell?.code === closeCodes.gatewayStops && state.kind !== 'stopped')
  }

  async function connect(attempt: number, connectMs: number, signal: AbortSignal): Promise<void> {
    let isUpgraded = false
    try {
      const password = await options.passwordOf(entry)
      const visitors = await verifiers.of(entry)
      const connection = await openControlConnection({
        name,
        password,
        route,
        target,
        dialer: options.dialer,
        agent: options.agent,
        clock,
        random,
        signal,
        connectMs,
        upgradeMs: limits.upgradeMs,
        ...(carrier ? { carrier } : {}),
        ...(resumption ? { resumption } : {}),
        ...(visitors ? { visitors } : {}),
        wantsVisits: options.onVisits !== undefined,
        onHop: hop => feed({ kind: 'hopReached', attempt, hop }),
        framings,
        onDialled: () => feed({ kind: 'dialled', attempt }),
        onDialsAgain: () => feed({ kind: 'dialsAgain', attempt }),
        onUpgraded: found => {
          isUpgraded = true
          carrier = found
          feed({ kind: 'upgraded', attempt })
        },
      })
      if (signal.aborted) connection.channel.destroy()
      else establish(attempt, connection)
    } catch (error) {
      // What was found out may be what fails now: find out anew.
      if (!isUpgraded) carrier = undefined
      if (!signal.aborted) throw error
    }
  }

  function establish(attempt: number, { channel, welcome, outer, framing }: ControlConnection): void {
    const secret = Secret.fromBytes(Buffer.from(welcome.resumeSecret, 'hex'))
    resumption = { session: welcome.session, secret }
    const scene = {
      route,
      dialer: options.dialer,
      carrier: outer.tls ? 'tls' : 'plain',
      framings: new FramingChoice(clock, framing),
      sessionId: Buffer.from(welcome.session, 'hex'),
      ...(welcome.outer === 'proven' ? { proven: outer } : {}),
      innerCertSha256: welcome.innerTls.certSha256,
      resumption: {},
      clock,
      random,
      limits,
      dialTarget: (signal: AbortSignal) => dialTarget(target, { clock, signal, sites }),
    } as const
    const back = new BackConnections({
      scene,
      channel,
      log,
      onCertificateChanged: error => feed({ kind: 'certificateChanged', attempt, why: causeOf(error) }),
    })
    const visits = new HeardVisits(channel, welcome, clock, options.onVisits)
    const session: Live = { attempt, channel, back, since: clock.now(), framing, visits }
    logFraming(log, name, framing)
    live = session
    const { aliveMs, deadMs, url } = welcome
    feed({ kind: 'proved', attempt, terms: { aliveMs, deadMs, url, outer: welcome.outer } })
    closing = new Promise(resolve => {
      channel.start({
        onFrame: frame => hear(session, frame),
        onClose: cause => {
          if (session.farewell?.code !== closeCodes.gatewayStops) back.destroy()
          resolve()
          feed({ kind: 'channelClosed', attempt, why: endOf(session.farewell, cause) })
        },
      })
    })
  }

  /** Another network, or the same after a sleep: what was found out of the way to the gateway may not hold. */
  function newWay(): void {
    options.dialer.networkChanged()
    framings.forget()
  }

  function hear(session: Live, frame: ControlFrame): void {
    const { attempt, ping } = session
    if (frame.type === 'open') session.back.open(frame)
    if (frame.type === 'close') session.farewell = frame
    session.visits.hear(frame)
    if (frame.type !== 'pong') {
      feed({ kind: 'heard', attempt })
      return
    }
    const pong = Number(frame.id)
    if (ping?.id === pong) session.roundTripMs = clock.now() - ping.at
    feed({ kind: 'heard', attempt, pong })
  }

  function report(): void {
    const view = viewOf(state, clock.now())
    logState(log, name, view)
    const shown = { tunnel: name, ...view }
    for (const listener of listeners) listener(shown)
  }

  return {
    name,
    start: () => {
      if (!isDestroyed) feed({ kind: 'start' })
    },
    wake() {
      newWay()
      feed({ kind: 'wake' })
    },
    networkChanged() {
      newWay()
      feed({ kind: 'networkChanged' })
    },
    retryNow: () => feed({ kind: 'retryNow' }),
    async close() {
      looking?.abort()
      feed({ kind: 'stop' })
      past.destroy()
      await closing
    },
    destroy() {
      isDestroyed = true
      looking?.abort()
      const channel = live?.channel
      feed({ kind: 'stop' })
      past.destroy()
      channel?.destroy()
    },
    onState(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    status() {
      const now = clock.now()
      const traffic = live?.back.traffic ?? noTraffic
      const shown = { tunnel: name, ...viewOf(state, now), ...sumOf(past.traffic, traffic) }
      if (live === undefined) return shown
      const { roundTripMs, framing, since, visits } = live
      const trip = roundTripMs === undefined ? {} : { roundTripMs }
      return { ...shown, upMs: now - since, framing, tellsVisits: visits.isTold, ...trip }
    },
  }
}
