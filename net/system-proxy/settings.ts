/** What a system's proxy settings say, in one form for all systems, and what follows from it for one gateway. */
import { TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { ResolvedHop } from '../proxy/chain.ts'
import { direct, type Gateway, isPlain, type SystemAnswer, through } from './answer.ts'
import { bypassedBy, type NameStyle } from './bypass.ts'

/** A text says what is wrong with what is written there; it is no one's fault until that proxy is needed. */
export type WrittenProxy = ResolvedHop | string

export interface Exceptions {
  readonly rules: readonly string[]
  readonly style: NameStyle
  /** They come before the PAC file too. */
  readonly coverPac?: boolean
  /** The list names those that do go through the proxy. */
  readonly areReversed?: boolean
}

export interface SystemSettings {
  /** `GNOME settings` */
  readonly name: string
  /** The PAC file is to be found in the network (WPAD). */
  readonly findsPac?: boolean
  readonly pacUrl?: string
  /** `any`: for what the others do not name. */
  readonly proxies?: {
    readonly http?: WrittenProxy | undefined
    readonly https?: WrittenProxy | undefined
    readonly any?: WrittenProxy | undefined
  }
  readonly exceptions?: Exceptions
  /** Even this computer itself is asked for at the proxy. */
  readonly proxiesLoopback?: boolean
}

/** Why a PAC file gave no answer; the next source is asked, as browsers do: a laptop at home cannot reach the file of its company. */
export class PacFailure extends Error {
  override readonly name = 'PacFailure'
}

/** @throws PacFailure; the signal's reason */
export type AskPac = (url: string, gateway: Gateway, signal: AbortSignal) => Promise<SystemAnswer>

/** By DNS; asking DHCP takes rights that we do not have. */
const wellKnownPac = 'http://wpad/wpad.dat'

/** As browsers have it, whatever the settings say. */
const thisComputer = ['localhost', '127.0.0.0/8', '::1', '169.254.0.0/16', 'fe80::/10']

/** @throws TildegateError system-proxy-unavailable for a proxy that is written wrong; the signal's reason */
export async function answerOfSettings(
  settings: SystemSettings,
  gateway: Gateway,
  askPac: AskPac,
  signal: AbortSignal,
): Promise<SystemAnswer> {
  const { name, exceptions } = settings
  if (!settings.proxiesLoopback && bypassedBy(thisComputer, gateway, 'suffix') !== undefined)
    return direct('the gateway is this computer')
  const excepted = exceptions && exceptionOf(exceptions, gateway)
  if (excepted !== undefined && exceptions?.coverPac) return direct(`${name}, ${excepted}`)
  const failures: string[] = []
  const urls = [settings.findsPac ? wellKnownPac : undefined, settings.pacUrl]
  for (const url of urls.filter(url => url !== undefined)) {
    try {
      const answer = await askPac(url, gateway, signal)
      return { ...answer, source: `${answer.source}, from ${name}` }
    } catch (failure) {
      if (!(failure instanceof PacFailure)) throw failure
      failures.push(failure.message)
    }
  }
  const why = failures.length === 0 ? name : `${name}, ${failures.join(', ')}`
  const proxy = proxyFor(settings, gateway)
  if (proxy === undefined) return direct(failures.length === 0 ? `${name} name no proxy` : why)
  if (excepted !== undefined) return direct(`${why}, ${excepted}`)
  if (typeof proxy !== 'string') return through(proxy, why)
  throw new TildegateError(
    'system-proxy-unavailable',
    said('reason', 'settings-wrong', { settings: name, wrong: proxy }),
  )
}

function exceptionOf(
  { rules, style, areReversed = false }: Exceptions,
  gateway: Gateway,
): string | undefined {
  const rule = bypassedBy(rules, gateway, style)
  if (areReversed) return rule === undefined ? 'which do not list this gateway for the proxy' : undefined
  return rule === undefined ? undefined : `exception ${rule}`
}

function proxyFor({ proxies = {} }: SystemSettings, gateway: Gateway): WrittenProxy | undefined {
  return (isPlain(gateway) ? proxies.http : proxies.https) ?? proxies.any
}

/** Whether nothing at all is set. */
export function isEmpty({ findsPac, pacUrl, proxies }: SystemSettings): boolean {
  return !findsPac && pacUrl === undefined && Object.values(proxies ?? {}).every(proxy => proxy === undefined)
}
