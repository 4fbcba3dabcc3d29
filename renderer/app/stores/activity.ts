/** What has happened, as the engine tells of it; followed from when its page is first shown. Undefined: not told yet. */
import { create } from 'zustand'
import type { ActivityEvent } from '../../../shared/ipc/views.ts'
import type { AppClient } from '../client.ts'

/** As many as the engine remembers. */
const maxEvents = 1_000

interface ActivityState {
  /** The oldest first. */
  readonly events?: readonly ActivityEvent[]
}

export const useActivity = create<ActivityState>(() => ({}))

let isFollowed = false

export async function followActivity(client: AppClient): Promise<void> {
  if (isFollowed) return
  isFollowed = true
  client.activity.happened(event =>
    useActivity.setState(({ events = [] }) => ({ events: [...events, event].slice(-maxEvents) })),
  )
  useActivity.setState({ events: await client.activity.list() })
}
