/** The application's menu: macOS needs one for its shortcuts to work; elsewhere there is none. */
import { Menu } from 'electron'
import type { Texts } from '../texts/en.ts'
import { appMenu } from './app-menu-template.ts'

export function showAppMenu(texts: Texts): void {
  Menu.setApplicationMenu(process.platform === 'darwin' ? Menu.buildFromTemplate(appMenu(texts)) : null)
}
