/** Reads the proxy settings of the system that the agent runs on, by the means of that system. */
import { type FileHandle, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { win32 } from 'node:path'
import { TildegateError } from '../../../shared/errors.ts'
import { systemProxyLimits } from '../limits.ts'
import { isEmpty, type SystemSettings } from '../settings.ts'
import { gnomeCommand, parseGnome } from './gnome.ts'
import { kdeFiles, parseKde } from './kde.ts'
import { macosCommand, parseMacos } from './macos.ts'
import { CommandFailure, type CommandParts, runCommand } from './run-command.ts'
import { isPerComputer, parseWindowsComputer, parseWindowsUser, windowsQueries } from './windows.ts'

/** @returns undefined where the system has none. @throws TildegateError system-proxy-unavailable; the signal's reason */
export async function readSettings(
  platform: NodeJS.Platform,
  parts: CommandParts,
): Promise<SystemSettings | undefined> {
  try {
    if (platform === 'darwin') return parseMacos(await runCommand(macosCommand, parts))
    if (platform === 'win32') return await readWindows(parts)
    return await readFreedesktop(parts)
  } catch (cause) {
    if (!(cause instanceof CommandFailure)) throw cause
    throw new TildegateError('system-proxy-unavailable', { reason: cause.message }, { cause })
  }
}

/** The desktop's own settings; where it is not known (a service, a login by SSH), those that say something. */
async function readFreedesktop(parts: CommandParts): Promise<SystemSettings | undefined> {
  const desktops = (parts.environment['XDG_CURRENT_DESKTOP'] ?? '').toLowerCase()
  if (/\bkde\b/.test(desktops)) return readKde(parts)
  const gnome = await readGnome(parts)
  if (/gnome|unity|cinnamon|budgie|pantheon|deepin|ukui/.test(desktops)) return gnome
  return gnome === undefined || isEmpty(gnome) ? ((await readKde(parts)) ?? gnome) : gnome
}

async function readGnome(parts: CommandParts): Promise<SystemSettings | undefined> {
  try {
    return parseGnome(await runCommand(gnomeCommand, parts))
  } catch (failure) {
    // No gsettings, or not the schema: another desktop, or none.
    if (failure instanceof CommandFailure && failure.isPlainNo) return undefined
    throw failure
  }
}

async function readKde({ environment }: CommandParts): Promise<SystemSettings | undefined> {
  const files = kdeFiles(environment, environment['HOME'] ?? homedir())
  const texts = (await Promise.all(files.map(readBounded))).filter(text => text !== undefined)
  return texts.length === 0 ? undefined : parseKde(texts, environment)
}

/** Its beginning; undefined where it cannot be read. */
async function readBounded(file: string): Promise<string | undefined> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(systemProxyLimits.fileBytes))
    return buffer.subarray(0, bytesRead).toString('utf8')
  } catch {
    return undefined
  } finally {
    await handle?.close()
  }
}

async function readWindows(parts: CommandParts): Promise<SystemSettings> {
  const folder = parts.environment['SystemRoot'] ?? 'C:\\Windows'
  const reg = (args: readonly string[]) =>
    runCommand([win32.join(folder, 'System32', 'reg.exe'), ...args], parts)
  /** A key or value that is not there is an error of `reg`. */
  const ifAny = (args: readonly string[]) =>
    reg(args).catch((failure: unknown) => {
      if (failure instanceof CommandFailure && failure.isPlainNo) return ''
      throw failure
    })
  const root = isPerComputer(await ifAny(windowsQueries.policy)) ? 'HKLM' : 'HKCU'
  const [settings, connections] = await Promise.all([
    reg(windowsQueries.settings(root)),
    ifAny(windowsQueries.connections(root)),
  ])
  const own = parseWindowsUser(settings, connections)
  return isEmpty(own) ? parseWindowsComputer(await ifAny(windowsQueries.computer)) : own
}
