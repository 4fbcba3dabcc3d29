/** The last visits of the tunnel whose details are shown. */
import { create } from 'zustand'
import type { RecentVisits } from '../../../shared/ipc/visit-views.ts'
import type { AppClient } from '../client.ts'

interface VisitsState {
  /** Of which tunnel. */
  readonly id?: string
  readonly recent?: RecentVisits
}

export const useVisits = create<VisitsState>(() => ({}))

export async function readVisits(client: AppClient, id: string): Promise<void> {
  const recent = await client.tunnels.visits({ id })
  useVisits.setState({ id, recent })
}

/** Nobody looks at them any more. */
export function forgetVisits(): void {
  useVisits.setState({}, true)
}
