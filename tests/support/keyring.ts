/**
 * A real gnome-keyring-daemon on a D-Bus of its own, with folders of its own: nothing of the person who runs the tests is touched.
 * The bus starts the keyring when it is first asked. Each `start` is a new session over the same keyring file.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './files.ts'

export const isKeyringInstalled =
  process.platform === 'linux' &&
  [
    ['dbus-daemon', '--version'],
    ['gnome-keyring-daemon', '--version'],
    ['gdbus', 'help'],
  ].every(([program = '', ...args]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0)

export const howToGetKeyring = '[needs: apt install dbus-daemon gnome-keyring libsecret-1-0 libglib2.0-bin]'

/**
 * `prompting`: locked, and the window that asks for its password is never answered. `locked`: there is no such window, as on a
 * server. `absent`: a bus, and no keyring. `none`: not even a bus.
 */
export type KeyringState = 'unlocked' | 'locked' | 'prompting' | 'absent' | 'none'

const password = 'of the keyring'
/** Until the bus knows that a daemon is gone. */
const endMs = 30_000

export class Keyring {
  /** For programs that are to meet this keyring. */
  readonly env: NodeJS.ProcessEnv
  readonly #folder: string
  #bus: ChildProcess | undefined

  private constructor(folder: string) {
    this.#folder = folder
    for (const part of ['home', 'run', 'services']) mkdirSync(join(folder, part), { mode: 0o700 })
    this.env = {
      PATH: process.env['PATH'],
      HOME: join(folder, 'home'),
      XDG_RUNTIME_DIR: join(folder, 'run'),
      XDG_DATA_HOME: join(folder, 'home', 'data'),
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(folder, 'bus')}`,
      NO_COLOR: '1',
    }
  }

  /** Ends with the test. */
  static async start(state: KeyringState): Promise<Keyring> {
    const keyring = new Keyring(temporaryFolder())
    onTestFinished(() => keyring.stop())
    await keyring.become(state)
    return keyring
  }

  /** Another session: locked is one in which nobody has typed the password of the keyring. */
  async become(state: KeyringState): Promise<void> {
    await this.stop()
    rmSync(join(this.#folder, 'services'), { recursive: true })
    mkdirSync(join(this.#folder, 'services'))
    if (state === 'none') return
    if (state !== 'absent')
      this.#service('org.freedesktop.secrets', 'keyring', this.#daemon(state === 'unlocked'))
    if (state === 'prompting') this.#service('org.gnome.keyring.SystemPrompter', 'prompter', 'sleep 600')
    const config = join(this.#folder, 'bus.conf')
    writeFileSync(config, this.#config())
    this.#bus = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address=1'], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const { stdout } = this.#bus
    if (stdout) await once(createInterface({ input: stdout }), 'line')
  }

  /** In the same session: its daemon is started anew with the password, as a login does. */
  unlock(): void {
    this.#service('org.freedesktop.secrets', 'keyring', this.#daemon(true))
    const pid = this.#pid()
    rmSync(this.#pidFile('keyring'), { force: true })
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    const over = AbortSignal.timeout(endMs)
    while (this.#isOnBus()) over.throwIfAborted()
  }

  #isOnBus(): boolean {
    const bus = ['--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus']
    const method = ['--method', 'org.freedesktop.DBus.NameHasOwner', 'org.freedesktop.secrets']
    const asked = spawnSync('gdbus', ['call', '--session', ...bus, ...method], { env: this.env })
    return asked.stdout.includes('true')
  }

  /** A window asks for the password of the keyring. */
  get isPrompting(): boolean {
    return this.#pid('prompter') !== undefined
  }

  /** The keyring answers nothing until `thaw`. */
  freeze(): void {
    process.kill(this.#pid() ?? 0, 'SIGSTOP')
  }

  thaw(): void {
    process.kill(this.#pid() ?? 0, 'SIGCONT')
  }

  async stop(): Promise<void> {
    for (const part of ['keyring', 'prompter']) {
      const pid = this.#pid(part)
      rmSync(this.#pidFile(part), { force: true })
      if (pid !== undefined && existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL')
    }
    const bus = this.#bus
    this.#bus = undefined
    if (bus === undefined) return
    const ended = once(bus, 'exit')
    bus.kill('SIGKILL')
    await ended
    rmSync(join(this.#folder, 'bus'), { force: true })
  }

  /** All that the keyring and our own files hold on the disk. */
  get home(): string {
    return join(this.#folder, 'home')
  }

  #pidFile(part: string): string {
    return join(this.#folder, `${part}.pid`)
  }

  #pid(part = 'keyring'): number | undefined {
    const file = this.#pidFile(part)
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined
  }

  #daemon(isUnlocked: boolean): string {
    const input = join(this.#folder, 'password')
    writeFileSync(input, isUnlocked ? password : '')
    const unlock = isUnlocked ? '--unlock' : ''
    return `gnome-keyring-daemon --foreground ${unlock} --components=secrets < ${input} 2>/dev/null`
  }

  /** What the bus starts when somebody calls `name`. */
  #service(name: string, part: string, command: string): void {
    const script = join(this.#folder, part)
    writeFileSync(script, `echo $$ > ${this.#pidFile(part)}\nexec ${command}\n`)
    const text = `[D-BUS Service]\nName=${name}\nExec=/bin/sh ${script}\n`
    writeFileSync(join(this.#folder, 'services', `${name}.service`), text)
  }

  #config(): string {
    return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${join(this.#folder, 'bus')}</listen>
  <servicedir>${join(this.#folder, 'services')}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="service_start_timeout">600000</limit>
</busconfig>
`
  }
}
