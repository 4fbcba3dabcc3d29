/** The autostart entry of Linux desktops (freedesktop.org): where it goes and what stands in it. Pure. */
import { join } from 'node:path'

export const hiddenFlag = '--hidden'

export interface LinuxPlace {
  /** `$XDG_CONFIG_HOME`, else `~/.config`. */
  readonly config: string
  /** What is started: for an AppImage the image itself, not what it has unpacked. */
  readonly program: string
}

/** https://specifications.freedesktop.org/desktop-entry-spec: quoting of Exec, then of strings. Pure. */
export function autostartEntry(program: string): string {
  const quoted = program.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Tildegate',
    `Exec="${quoted}" ${hiddenFlag}`.replaceAll('\\', '\\\\'),
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

export function linuxPlace(environment: NodeJS.ProcessEnv, home: string, program: string): LinuxPlace {
  const config = environment['XDG_CONFIG_HOME']
  return {
    config: config?.startsWith('/') ? config : join(home, '.config'),
    program: environment['APPIMAGE'] ?? program,
  }
}
