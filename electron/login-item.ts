/** "Start at login", hidden: by Electron on Windows and macOS, by an autostart entry (freedesktop.org) on Linux. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { app } from 'electron'
import { writeWhole } from './atomic-file.ts'
import { autostartEntry, hiddenFlag, type LinuxPlace } from './autostart-entry.ts'

export function setLoginItem(isOn: boolean, linux: LinuxPlace): void {
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: isOn, args: [hiddenFlag] })
    return
  }
  const folder = join(linux.config, 'autostart')
  const file = join(folder, 'net.tildegate.app.desktop')
  if (isOn) {
    mkdirSync(folder, { recursive: true })
    writeWhole(file, autostartEntry(linux.program))
  } else rmSync(file, { force: true })
}

/** Started by the system at login, not by the user. */
export function isLoginStart(argv: readonly string[]): boolean {
  if (argv.includes(hiddenFlag)) return true
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin
}
