/**
 * What the environment says: `https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`, by the rules of curl. Lower case wins over upper case.
 * Nothing is left out by itself: whoever wants the direct way to this computer writes it into `NO_PROXY`.
 */
import { TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import { direct, type Gateway, isPlain, type SystemAnswer, through } from './answer.ts'
import { bypassedBy, splitRules } from './bypass.ts'
import { readProxyAddress } from './proxy-address.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * @returns undefined where no variable speaks of this gateway
 * @throws TildegateError system-proxy-unavailable, naming the variable whose value is no proxy
 */
export function answerOfEnvironment(environment: Environment, gateway: Gateway): SystemAnswer | undefined {
  const proxy = variableFor(environment, gateway)
  if (proxy === undefined) return undefined
  const [name, value] = proxy
  const exceptions = first(environment, ['no_proxy', 'NO_PROXY'])
  const rule = exceptions && bypassedBy(splitRules(exceptions[1]), gateway, 'suffix')
  if (rule !== undefined) return direct(`${exceptions?.[0]} matches ${rule}`)
  const hop = readProxyAddress(value)
  if (typeof hop !== 'string') return through(hop, `environment ${name}`)
  throw new TildegateError(
    'system-proxy-unavailable',
    said('reason', 'variable-wrong', { variable: name, wrong: hop }),
  )
}

function variableFor(environment: Environment, gateway: Gateway): readonly [string, string] | undefined {
  if (!isPlain(gateway)) return first(environment, ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])
  // A web server gives its programs the visitor's header `Proxy` as HTTP_PROXY (httpoxy, CVE-2016-5385).
  const isCgi = environment['REQUEST_METHOD'] !== undefined
  const upper = isCgi ? [] : ['HTTP_PROXY']
  return first(environment, ['http_proxy', ...upper, 'all_proxy', 'ALL_PROXY'])
}

/** An empty variable is none. */
function first(environment: Environment, names: readonly string[]): readonly [string, string] | undefined {
  for (const name of names) {
    const value = environment[name]?.trim()
    if (value) return [name, value]
  }
  return undefined
}
