/** What the engine is told when it starts, as one argument. No secret: arguments stand in the process list. */
import * as v from 'valibot'
import { settings } from '../../shared/ipc/views.ts'

const engineStart = v.object({
  folder: v.string(),
  version: v.string(),
  logLevel: settings.entries.logLevel,
  secretStore: settings.entries.secretStore,
})
export type EngineStart = v.InferOutput<typeof engineStart>

export function printStart(start: EngineStart): string {
  return JSON.stringify(start)
}

export function readStart(argv: readonly string[]): EngineStart {
  return v.parse(v.pipe(v.string(), v.parseJson(), engineStart), argv.at(-1))
}
