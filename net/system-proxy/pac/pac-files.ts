/** PAC files by their URLs: fetched, kept for some minutes, run one at a time. */
import { lookup } from 'node:dns/promises'
import type { Clock } from '../../../shared/world.ts'
import { type Gateway, type SystemAnswer, urlOf } from '../answer.ts'
import { systemProxyLimits } from '../limits.ts'
import { type AskPac, PacFailure } from '../settings.ts'
import { fetchPac } from './fetch-pac.ts'
import { ownAddresses } from './own-addresses.ts'
import { readPacResult } from './pac-result.ts'
import { type PacParts, runPac } from './run-pac.ts'

interface KeptFile {
  readonly text: string
  readonly now: number
  readonly wall: number
}

export class PacFiles {
  readonly #parts: PacParts
  readonly #kept = new Map<string, KeptFile>()
  /** The run that the next one waits for. */
  #running: Promise<unknown> = Promise.resolve()

  constructor(clock: Clock, parts: Partial<PacParts> = {}) {
    this.#parts = { clock, resolveName, ownAddresses, ...parts }
  }

  /** Another network may have another file at the same URL. */
  forget(): void {
    this.#kept.clear()
  }

  readonly ask: AskPac = async (url, gateway, signal) => {
    const name = `PAC ${shownUrl(url)}`
    try {
      return await this.#ask(url, name, gateway, signal)
    } catch (failure) {
      if (!(failure instanceof PacFailure)) throw failure
      throw new PacFailure(`${name} ${failure.message}`, { cause: failure })
    }
  }

  async #ask(url: string, name: string, gateway: Gateway, signal: AbortSignal): Promise<SystemAnswer> {
    const script = await this.#text(url, signal)
    const run = this.#running.then(() =>
      runPac({ script, url: urlOf(gateway), host: gateway.host }, this.#parts, signal),
    )
    this.#running = run.catch(() => {})
    const ways = readPacResult(await run)
    if (ways.length > 0) return { ways, source: name }
    throw new PacFailure('names only proxies of kinds that are not spoken')
  }

  async #text(url: string, signal: AbortSignal): Promise<string> {
    const { clock } = this.#parts
    const { pacFileMs, pacFiles } = systemProxyLimits
    const kept = this.#kept.get(url)
    const isYoung = (file: KeptFile) =>
      clock.now() - file.now < pacFileMs && Math.abs(clock.wall() - file.wall) < pacFileMs
    if (kept !== undefined && isYoung(kept)) return kept.text
    const text = await fetchPac(url, clock, signal)
    this.#kept.delete(url)
    this.#kept.set(url, { text, now: clock.now(), wall: clock.wall() })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > pacFiles && oldest !== undefined) this.#kept.delete(oldest)
    return text
  }
}

export async function resolveName(name: string): Promise<readonly string[]> {
  const addresses = await lookup(name, { all: true, verbatim: true })
  return addresses.map(({ address }) => address)
}

/** Without a login and a query, which may be secret. */
function shownUrl(url: string): string {
  if (!URL.canParse(url)) return 'file'
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
