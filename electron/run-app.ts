/** The parts of the app and what they tell each other. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { app, clipboard, nativeTheme, powerMonitor, session } from 'electron'
import { systemClock as clock } from '../net/world.ts'
import { appContract } from '../shared/ipc/app-contract.ts'
import { emitterOf } from '../shared/ipc/derive.ts'
import type { EngineState, Settings, TunnelView } from '../shared/ipc/views.ts'
import { linuxPlace } from './autostart-entry.ts'
import { deepLinkScheme, destinationOf, linkAmong } from './deep-link.ts'
import { EngineProcess } from './engine-process.ts'
import { answersOfMain } from './ipc/answers-of-main.ts'
import { callsPassedOn, passEventsOn } from './ipc/passed-on.ts'
import { serveWindows } from './ipc/serve-windows.ts'
import { openLogFile } from './log-file.ts'
import { isLoginStart, setLoginItem } from './login-item.ts'
import { Notifier } from './notifications/notifier.ts'
import { publicUrlOf } from './public-url.ts'
import { SettingsFile } from './settings.ts'
import { languageOf, spokenIn } from './texts/texts.ts'
import { TrayView } from './tray/tray.ts'
import type { TrayAction } from './tray/tray-menu.ts'
import { Updates } from './updates.ts'
import { showAppMenu } from './window/app-menu.ts'
import { serveApp } from './window/app-protocol.ts'
import { denyPermissions } from './window/hardening.ts'
import { MainWindow } from './window/main-window.ts'

/** dist/app/main, beside which the other bundles lie. */
const here = __dirname
const icons = join(here, '../../../build/tray')
const licences = [join(here, 'licences.md'), join(here, '../renderer/licences.md')]

export async function runApp(): Promise<void> {
  await app.whenReady()
  const folder = app.getPath('userData')
  const settings = new SettingsFile(folder)
  const log = openLogFile(folder, 'main', settings.current.logLevel)
  let tunnels: readonly TunnelView[] = []

  const window = new MainWindow({
    folder,
    preload: join(here, '../preload/preload.cjs'),
    goTo: destination => tell.app.goTo(destination),
  })
  const tell = emitterOf(appContract, (channel, payload) => window.send(channel, payload))
  const engine = new EngineProcess({
    file: join(here, 'engine.cjs'),
    start() {
      const { logLevel, secretStore } = settings.current
      return { folder, version: app.getVersion(), logLevel, secretStore }
    },
    clock,
    answers: { system: { resolveProxy: url => session.defaultSession.resolveProxy(url) } },
    onError: failed,
    onState: engineChanged,
    onStarted(client) {
      passEventsOn(client, tell)
      client.tunnels.changed(tunnelsChanged)
    },
  })
  const tray = new TrayView({ icons, onAction: act })
  const spoken = () => spokenIn(languageOf(settings.current.language, app.getLocale()))
  const notifier = new Notifier({
    clock,
    isOn: () => settings.current.notifies,
    spoken,
    onClick: destination => window.open(destination),
  })
  const updates = new Updates({ clock, onState: state => tell.updates.changed(state), onError: failed })

  function engineChanged(state: EngineState): void {
    log.info({ state }, 'engine')
    tell.app.engineChanged(state)
    show()
  }

  function tunnelsChanged(views: readonly TunnelView[]): void {
    tunnels = views
    notifier.look(views)
    show()
  }

  function show(): void {
    const { startsAtLogin } = settings.current
    tray.show({ tunnels, engine: engine.state, startsAtLogin }, spoken().texts)
  }

  function change(changes: Partial<Settings>): Settings {
    const before = settings.current
    const changed = settings.change(changes)
    nativeTheme.themeSource = changed.theme
    if (changes.startsAtLogin !== undefined)
      setLoginItem(changes.startsAtLogin, linuxPlace(process.env, homedir(), process.execPath))
    if (changes.logLevel !== undefined) {
      log.level = changes.logLevel
      attempt('log level', () => engine.client.log.setLevel(changed.logLevel))
    }
    if (changed.secretStore !== before.secretStore) engine.restart()
    updates.follow(changed.updateChannel)
    if (changes.language !== undefined) showAppMenu(spoken().texts)
    tell.settings.changed(changed)
    show()
    return changed
  }

  function act(action: TrayAction): void {
    switch (action.do) {
      case 'copy':
        attempt('copy', () => clipboard.writeText(publicUrlOf(tunnels, action.id)))
        return
      case 'turn':
        attempt('turn', () => engine.client.tunnels.turn({ id: action.id, isOn: action.isOn }))
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
    const working = async () => work()
    working().catch((error: unknown) => failed(what, error))
  }

  function failed(what: string, error: unknown): void {
    log.warn({ what, err: error }, 'failed')
  }

  function openLink(link: string | undefined): void {
    window.open(link === undefined ? undefined : destinationOf(link))
  }

  function woke(): void {
    notifier.woke()
    engine.wake()
  }

  nativeTheme.themeSource = settings.current.theme
  showAppMenu(spoken().texts)
  denyPermissions()
  serveApp(join(here, '../renderer'))
  serveWindows(
    {
      ...callsPassedOn(() => engine.client),
      ...answersOfMain({
        ...{ folder, licences, engine, window, settings, change, updates },
        tunnels: () => tunnels,
      }),
    },
    failed,
  )

  app.setAppUserModelId('net.tildegate.app')
  if (app.isPackaged) app.setAsDefaultProtocolClient(deepLinkScheme)
  app.on('second-instance', (_event, argv) => openLink(linkAmong(argv)))
  app.on('open-url', (event, url) => {
    event.preventDefault()
    openLink(url)
  })
  app.on('activate', () => window.open())
  // The tray stays.
  app.on('window-all-closed', () => {})
  powerMonitor.on('resume', woke)
  powerMonitor.on('unlock-screen', () => engine.wake())

  let isClosed = false
  app.on('before-quit', event => {
    if (isClosed) return
    event.preventDefault()
    isClosed = true
    notifier.close()
    updates.close()
    engine.stop().then(
      () => app.quit(),
      () => app.exit(1),
    )
  })

  engine.start()
  updates.start(settings.current.updateChannel)
  show()
  if (!isLoginStart(process.argv)) openLink(linkAmong(process.argv))
}
