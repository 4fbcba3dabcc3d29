/** The parts of the app and what they tell each other. */
import { join } from 'node:path'
import { app, clipboard, nativeTheme, powerMonitor, session, shell } from 'electron'
import { systemClock } from '../net/world.ts'
import { TildegateError } from '../shared/errors.ts'
import { appContract } from '../shared/ipc/app-contract.ts'
import { emitterOf } from '../shared/ipc/derive.ts'
import type { EngineState, Settings, TunnelView } from '../shared/ipc/views.ts'
import { destinationOf, linkAmong } from './deep-link.ts'
import { EngineProcess } from './engine-process.ts'
import { callsPassedOn, passEventsOn } from './ipc/passed-on.ts'
import { serveWindows } from './ipc/serve-windows.ts'
import { SettingsFile } from './settings.ts'
import { languageOf, textsIn } from './texts/texts.ts'
import { TrayView } from './tray/tray.ts'
import type { TrayAction } from './tray/tray-menu.ts'
import { serveApp } from './window/app-protocol.ts'
import { denyPermissions } from './window/hardening.ts'
import { MainWindow } from './window/main-window.ts'
import { mayOpenOutside } from './window/url-policy.ts'

/** dist/app/main, beside which the other bundles lie. */
const here = __dirname
const icons = join(here, '../../../build/tray')

export async function runApp(): Promise<void> {
  await app.whenReady()
  const folder = app.getPath('userData')
  const settings = new SettingsFile(folder)
  let tunnels: readonly TunnelView[] = []

  const window = new MainWindow({
    folder,
    preload: join(here, '../preload/preload.cjs'),
    goTo: destination => tell.app.goTo(destination),
  })
  const tell = emitterOf(appContract, (channel, payload) => window.send(channel, payload))
  const engine = new EngineProcess({
    file: join(here, 'engine.cjs'),
    start: { folder, version: app.getVersion() },
    clock: systemClock,
    answers: { system: { resolveProxy: url => session.defaultSession.resolveProxy(url) } },
    onError: failed,
    onState: engineChanged,
    onStarted(client) {
      passEventsOn(client, tell)
      client.tunnels.changed(tunnelsChanged)
    },
  })
  const tray = new TrayView({ icons, onAction: act })

  function engineChanged(state: EngineState): void {
    tell.app.engineChanged(state)
    show()
  }

  function tunnelsChanged(views: readonly TunnelView[]): void {
    tunnels = views
    show()
  }

  function show(): void {
    const facts = { tunnels, engine: engine.state, startsAtLogin: settings.current.startsAtLogin }
    tray.show(facts, textsIn(languageOf(settings.current.language, app.getLocale())))
  }

  function change(changes: Partial<Settings>): Settings {
    const changed = settings.change(changes)
    nativeTheme.themeSource = changed.theme
    tell.settings.changed(changed)
    show()
    return changed
  }

  function addressOf(id: string): string {
    const url = tunnels.find(tunnel => tunnel.id === id)?.publicUrl
    if (url === undefined) throw new TildegateError('tunnel-not-listed', { name: id })
    return url
  }

  function act(action: TrayAction): void {
    switch (action.do) {
      case 'copy':
        attempt('copy', async () => clipboard.writeText(addressOf(action.id)))
        return
      case 'turn':
        attempt('turn', async () => engine.client.tunnels.turn({ id: action.id, isOn: action.isOn }))
        return
      case 'open':
        window.open()
        return
      case 'startAtLogin':
        change({ startsAtLogin: action.isOn })
        return
      case 'quit':
        app.quit()
    }
  }

  /** For what nobody waits: its failure is logged. */
  function attempt(what: string, work: () => Promise<void>): void {
    work().catch((error: unknown) => failed(what, error))
  }

  function failed(what: string, error: unknown): void {
    process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`)
  }

  nativeTheme.themeSource = settings.current.theme
  denyPermissions()
  serveApp(join(here, '../renderer'))
  serveWindows(
    {
      ...callsPassedOn(() => engine.client),
      app: {
        about: () => ({
          version: app.getVersion(),
          platform: platform(),
          systemLanguage: languageOf('system', app.getLocale()),
        }),
        engine: () => engine.state,
        ready: () => window.ready(),
      },
      address: {
        async open({ id }) {
          const url = addressOf(id)
          if (!mayOpenOutside(url, [url])) throw new TildegateError('address-not-opened', { url })
          await shell.openExternal(url)
        },
        copy: ({ id }) => clipboard.writeText(addressOf(id)),
      },
      settings: { read: () => settings.current, change },
    },
    failed,
  )

  app.on('second-instance', (_event, argv) => openLink(linkAmong(argv)))
  app.on('open-url', (event, url) => {
    event.preventDefault()
    openLink(url)
  })
  app.on('activate', () => window.open())
  // The tray stays.
  app.on('window-all-closed', () => {})
  powerMonitor.on('resume', () => {
    engine.wake()
  })

  function openLink(link: string | undefined): void {
    window.open(link === undefined ? undefined : destinationOf(link))
  }

  let isClosed = false
  app.on('before-quit', event => {
    if (isClosed) return
    event.preventDefault()
    isClosed = true
    engine.stop().then(
      () => app.quit(),
      () => app.exit(1),
    )
  })

  engine.start()
  show()
  if (!process.argv.includes('--hidden')) openLink(linkAmong(process.argv))
}

function platform(): 'win32' | 'darwin' | 'linux' {
  return process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux'
}
