/** The two ways to ask the operating system: by its commands and files, and through Electron, whose answer is a PAC result. */
import { TildegateError } from '../../shared/errors.ts'
import { said } from '../../shared/phrases.ts'
import type { Clock } from '../../shared/world.ts'
import { type Gateway, type SystemAnswer, urlOf } from './answer.ts'
import type { Environment } from './environment.ts'
import { PacFiles } from './pac/pac-files.ts'
import { readPacResult } from './pac/pac-result.ts'
import { readSettings } from './platforms/read-settings.ts'
import { answerOfSettings } from './settings.ts'

/** What the operating system says past the environment. */
export interface OperatingSystem {
  /** Undefined where it says nothing. @throws TildegateError system-proxy-unavailable; the signal's reason */
  ask(gateway: Gateway, signal: AbortSignal): Promise<SystemAnswer | undefined>
  /** What it has fetched may be of another network. */
  forget(): void
}

export interface CommandsOptions {
  readonly environment: Environment
  readonly clock: Clock
  readonly platform?: NodeJS.Platform
}

export function askByCommands({
  environment,
  clock,
  platform = process.platform,
}: CommandsOptions): OperatingSystem {
  const files = new PacFiles(clock)
  return {
    async ask(gateway, signal) {
      const settings = await readSettings(platform, { clock, signal, environment })
      return settings && answerOfSettings(settings, gateway, files.ask, signal)
    },
    forget: () => files.forget(),
  }
}

/** `resolveProxy`: `session.resolveProxy` of Electron, which reads the system's settings and runs PAC files itself. */
export function askByElectron(resolveProxy: (url: string) => Promise<string>): OperatingSystem {
  return {
    async ask(gateway) {
      const result = await resolveProxy(urlOf(gateway))
      const ways = readPacResult(result)
      if (ways.length === 0)
        throw new TildegateError('system-proxy-unavailable', said('reason', 'names-unspoken-kinds'))
      const isDirect = ways.length === 1 && ways[0] === undefined
      return { ways, source: isDirect ? 'direct: the system’s settings' : 'the system’s settings' }
    },
    // Chromium watches the network itself.
    forget() {},
  }
}
