/**
 * The tray app's main process: the agent engine, a tray icon whose menu shows each tunnel, wake-up after sleep, a clean quit. The windows
 * are not here yet; the file is edited with the system's editor.
 */
import { fileURLToPath } from 'node:url'
import { app, clipboard, Menu, type MenuItemConstructorOptions, powerMonitor, shell, Tray } from 'electron'
import { type Agent, createAgent, hopResolver, passwordFrom, type TunnelState } from '../agent/index.ts'
import { createDialer } from '../net/dial/index.ts'
import { systemClock, systemRandom } from '../net/world.ts'
import { type Diagnostic, formatDiagnostic } from '../shared/balance/index.ts'
import { silentLog } from '../shared/world.ts'
import { entriesFile, readEntries } from './entries-file.ts'
import { overallTip, tunnelLine } from './tray-menu.ts'

function startAgent(file: string): { agent: Agent; diagnostics: readonly Diagnostic[] } {
  const { entries, diagnostics } = readEntries(file)
  const agent = createAgent({
    entries,
    passwordOf: passwordFrom(process.env),
    dialer: createDialer({
      clock: systemClock,
      random: systemRandom,
      resolveHops: hopResolver({ environment: process.env }),
    }),
    agent: `tildegate/${app.getVersion()}`,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  return { agent, diagnostics }
}

async function run(): Promise<void> {
  await app.whenReady()
  const file = entriesFile(app.getPath('userData'))
  const { agent, diagnostics } = startAgent(file)
  const states = new Map<string, TunnelState>()
  const tray = new Tray(fileURLToPath(new URL('../../build/tray.png', import.meta.url)))

  function show(): void {
    const all = [...states.values()]
    const lines: MenuItemConstructorOptions[] = all.map(state => {
      const { label, copies } = tunnelLine(state)
      return copies === undefined
        ? { label, enabled: false }
        : { label, click: () => clipboard.writeText(copies) }
    })
    const troubles = diagnostics.map(diagnostic => ({
      label: formatDiagnostic(diagnostic).split('\n', 1)[0] ?? '',
      enabled: false,
    }))
    tray.setToolTip(overallTip(all))
    tray.setContextMenu(
      Menu.buildFromTemplate([
        ...lines,
        ...troubles,
        { type: 'separator' },
        { label: 'Edit what is shared…', click: () => void shell.openPath(file) },
        { label: 'Restart Tildegate', click: restart },
        { label: 'Quit', click: () => app.quit() },
      ]),
    )
  }

  function restart(): void {
    app.relaunch()
    app.quit()
  }

  agent.onState(state => {
    states.set(state.tunnel, state)
    show()
  })
  powerMonitor.on('resume', () => agent.wake())
  let isClosed = false
  app.on('before-quit', event => {
    if (isClosed) return
    event.preventDefault()
    isClosed = true
    agent.close().then(
      () => app.quit(),
      () => app.exit(1),
    )
  })
  show()
  agent.start()
}

if (app.requestSingleInstanceLock()) {
  run().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    app.exit(1)
  })
} else app.quit()
