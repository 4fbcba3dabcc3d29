/** The icon by the clock: shows what `tray-menu.ts` says and passes clicks on. */
import { join } from 'node:path'
import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron'
import type { Texts } from '../texts/en.ts'
import {
  type TrayAction,
  type TrayFacts,
  type TrayIcon,
  type TrayLine,
  trayIcon,
  trayMenu,
  trayTip,
} from './tray-menu.ts'

export interface TrayOptions {
  /** Where the icons are. */
  readonly icons: string
  onAction(action: TrayAction): void
}

export class TrayView {
  readonly #tray: Tray
  readonly #options: TrayOptions
  #icon: TrayIcon = 'off'

  constructor(options: TrayOptions) {
    this.#options = options
    this.#tray = new Tray(this.#image('off'))
    this.#tray.on('click', () => options.onAction({ do: 'open' }))
  }

  show(facts: TrayFacts, texts: Texts): void {
    const icon = trayIcon(facts)
    if (icon !== this.#icon) this.#tray.setImage(this.#image(icon))
    this.#icon = icon
    this.#tray.setToolTip(trayTip(facts, texts))
    this.#tray.setContextMenu(Menu.buildFromTemplate(trayMenu(facts, texts).map(line => this.#item(line))))
  }

  #image(icon: TrayIcon): Electron.NativeImage {
    // macOS takes the colour from the menu bar: only the shape counts, and the name says so.
    const isTemplate = process.platform === 'darwin'
    const image = nativeImage.createFromPath(
      join(this.#options.icons, `${icon}${isTemplate ? 'Template' : ''}.png`),
    )
    image.setTemplateImage(isTemplate)
    return image
  }

  #item(line: TrayLine): MenuItemConstructorOptions {
    if (line.kind === 'separator') return { type: 'separator' }
    if (line.kind === 'submenu')
      return { label: line.label, submenu: line.lines.map(inner => this.#item(inner)) }
    const { label, action, isTicked } = line
    return {
      label,
      ...(isTicked === undefined ? {} : { type: 'checkbox', checked: isTicked }),
      ...(action === undefined ? { enabled: false } : { click: () => this.#options.onAction(action) }),
    }
  }
}
