/** The test of a limit: it shows the limit biting, and that whoever met it is served as ever once the cause is gone. */
import { test } from 'vitest'
import type { GatewayLimits } from '../../gateway/limits.ts'

export function bites(limit: keyof GatewayLimits, how: string, body: () => Promise<void>): void {
  test(`${limit}: ${how}`, body)
}
