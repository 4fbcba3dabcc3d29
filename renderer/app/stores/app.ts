/** What is known of the app itself: its version and system, the settings, and whether the engine runs. */
import { create } from 'zustand'
import type { EngineState, FileState, Settings } from '../../../shared/ipc/views.ts'
import type { AppClient } from '../client.ts'

type About = Awaited<ReturnType<AppClient['app']['about']>>

interface AppState {
  readonly about?: About
  readonly settings?: Settings
  readonly engine: EngineState
  readonly file?: FileState
}

export const useApp = create<AppState>(() => ({ engine: 'starting' }))

export async function followApp(client: AppClient): Promise<void> {
  client.app.engineChanged(engine => useApp.setState({ engine }))
  client.settings.changed(settings => useApp.setState({ settings }))
  client.file.changed(file => useApp.setState({ file }))
  const [about, settings, engine] = await Promise.all([
    client.app.about(),
    client.settings.read(),
    client.app.engine(),
  ])
  useApp.setState({ about, settings, engine })
}
