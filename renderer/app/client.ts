/** What the windows ask of the app. Made of the contract; there is no other way out of a window. */
import { appContract, bridgeName } from '../../shared/ipc/app-contract.ts'
import { type Bridge, wireOverBridge } from '../../shared/ipc/bridge.ts'
import type { Client } from '../../shared/ipc/declare.ts'
import { clientOf } from '../../shared/ipc/derive.ts'

export type AppClient = Client<typeof appContract>

export const client: AppClient = clientOf(
  appContract,
  wireOverBridge((window as unknown as Record<string, Bridge>)[bridgeName] ?? {}),
)
