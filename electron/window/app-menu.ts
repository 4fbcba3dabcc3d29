/** The application's menu: macOS needs one for its shortcuts to work; elsewhere there is none. */
import { Menu } from 'electron'

export function setAppMenu(): void {
  Menu.setApplicationMenu(
    process.platform === 'darwin'
      ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }])
      : null,
  )
}
