/** macOS: the menus that every program there has. Electron's own labels are English in every language. Pure. */
import type { MenuItemConstructorOptions } from 'electron'
import type { Texts } from '../texts/en.ts'

/** What each does, and its shortcut, is in the role. */
export function appMenu(texts: Texts): MenuItemConstructorOptions[] {
  return [
    {
      role: 'appMenu',
      submenu: [
        { role: 'about', label: texts.menuAbout },
        { type: 'separator' },
        { role: 'services', label: texts.menuServices },
        { type: 'separator' },
        { role: 'hide', label: texts.menuHide },
        { role: 'hideOthers', label: texts.menuHideOthers },
        { role: 'unhide', label: texts.menuShowAll },
        { type: 'separator' },
        { role: 'quit', label: texts.menuQuit },
      ],
    },
    {
      role: 'editMenu',
      label: texts.menuEdit,
      submenu: [
        { role: 'undo', label: texts.menuUndo },
        { role: 'redo', label: texts.menuRedo },
        { type: 'separator' },
        { role: 'cut', label: texts.menuCut },
        { role: 'copy', label: texts.menuCopy },
        { role: 'paste', label: texts.menuPaste },
        { role: 'selectAll', label: texts.menuSelectAll },
      ],
    },
    {
      role: 'windowMenu',
      label: texts.menuWindow,
      submenu: [
        { role: 'minimize', label: texts.menuMinimise },
        { role: 'zoom', label: texts.menuZoom },
        { role: 'close', label: texts.menuClose },
        { type: 'separator' },
        { role: 'front', label: texts.menuAllToFront },
      ],
    },
  ]
}
