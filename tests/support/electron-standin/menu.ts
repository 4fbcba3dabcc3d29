/** Menus as data that a test can read and click. */
export interface MenuItemTwin {
  readonly label: string
  readonly type: 'normal' | 'separator' | 'submenu' | 'checkbox'
  readonly enabled: boolean
  readonly checked: boolean
  readonly submenu?: MenuTwin
  click(): void
}

interface Template {
  readonly label?: string
  readonly type?: MenuItemTwin['type']
  readonly enabled?: boolean
  readonly checked?: boolean
  readonly submenu?: readonly Template[]
  readonly click?: () => void
}

export class MenuTwin {
  readonly items: readonly MenuItemTwin[]

  constructor(items: readonly MenuItemTwin[] = []) {
    this.items = items
  }

  static buildFromTemplate(template: readonly Template[]): MenuTwin {
    return new MenuTwin(
      template.map(({ label = '', type, enabled = true, checked = false, submenu, click }) => ({
        label,
        type: type ?? (submenu === undefined ? 'normal' : 'submenu'),
        enabled,
        checked,
        ...(submenu === undefined ? {} : { submenu: MenuTwin.buildFromTemplate(submenu) }),
        click() {
          if (!enabled) throw new Error(`"${label}" cannot be clicked`)
          click?.()
        },
      })),
    )
  }

  static setApplicationMenu(_menu: MenuTwin | null): void {}

  /** The item of this label, in a submenu too: `find('Copy address', 'home')`. */
  find(...path: readonly [string, ...string[]]): MenuItemTwin {
    const [label, ...rest] = path
    const item = this.items.find(
      candidate => candidate.label === label || candidate.label.startsWith(`${label}:`),
    )
    if (item === undefined)
      throw new Error(`no "${label}" among ${this.items.map(({ label }) => label).join(', ')}`)
    const [next, ...others] = rest
    if (next === undefined) return item
    if (item.submenu === undefined) throw new Error(`"${label}" has no submenu`)
    return item.submenu.find(next, ...others)
  }
}
