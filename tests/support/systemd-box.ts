/**
 * A real systemd as process 1 of a container of its own (systemd-nspawn), for tests of services. Its root is this computer's as a read-only
 * layer below a throw-away one in memory, /tmp is its own, and of all units there are only those that systemd itself cannot do without: nothing of this
 * computer is started or changed. The network is this computer's. Needs root.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'

/** `$1`: a folder to mount on, `$2`: what of ours is seen as /box, then what is handed to nspawn. */
const script = `set -e
place=$1 ours=$2; shift 2
mount --make-rprivate /
mkdir -p "$place"; mount -t tmpfs tmpfs "$place"; mkdir "$place/up" "$place/work" "$place/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$place/up,workdir=$place/work" "$place/root"
units=$place/root/etc/systemd/system
rm -rf "$units"; mkdir -p "$units"
printf '[Unit]\\nDefaultDependencies=no\\n' > "$units/box.target"
exec systemd-nspawn -q -D "$place/root" -M "\${place##*/}" --register=no --keep-unit --tmpfs=/tmp \
  --bind="$ours:/box" --console=pipe "$@"`

function launch(ours: string, args: readonly string[]): { child: ChildProcess; place: string } {
  const place = `/run/tildegate-box-${randomUUID().slice(0, 8)}`
  const child = spawn('unshare', ['--mount', 'bash', '-c', script, 'box', place, ours, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { child, place }
}

const howToGetIt = '[needs: root, apt install systemd systemd-container]'

/** Whether there is one here, tried without starting systemd; and the words for a test that is left out. */
export async function boxOnThisComputer(): Promise<{ isThere: boolean; howToGetIt: string }> {
  const no = { isThere: false, howToGetIt }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return no
  if (spawnSync('systemd-nspawn', ['--version'], { stdio: 'ignore' }).status !== 0) return no
  const { child, place } = launch('/mnt', ['true'])
  child.on('error', () => {})
  const [code] = (await once(child, 'close')) as [number | null]
  rmSync(place, { recursive: true, force: true })
  return { isThere: code === 0, howToGetIt }
}

const bootMs = 60_000
const commandMs = 120_000

export class SystemdBox {
  readonly #child: ChildProcess
  readonly #place: string
  readonly #init: number

  private constructor(child: ChildProcess, place: string, init: number) {
    this.#child = child
    this.#place = place
    this.#init = init
  }

  /** @param ours seen as /box in there, writable */
  static async boot(ours: string): Promise<SystemdBox> {
    const { child, place } = launch(ours, [
      '--boot',
      'systemd.unit=box.target',
      ...['systemd-sysctl', 'systemd-udevd'].map(unit => `systemd.mask=${unit}.service`),
    ])
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (bytes: Buffer) => {
        said = (said + bytes.toString()).slice(-4000)
      })
    const until = performance.now() + bootMs
    for (;;) {
      const init = childOf(child.pid ?? 0)
      if (init !== undefined) {
        const box = new SystemdBox(child, place, init)
        if (box.run('systemctl', 'is-active', 'box.target').status === 0) return box
      }
      if (child.exitCode !== null || performance.now() > until) {
        child.kill('SIGKILL')
        throw new Error(`systemd does not start:\n${said}`)
      }
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  /** In the container, as root. */
  run(...words: string[]): { status: number | null; stdout: string; stderr: string } {
    const enter = ['-t', String(this.#init), '-m', '-p', '-u', '-i', '-C', ...words]
    return spawnSync('nsenter', enter, { encoding: 'utf8', timeout: commandMs })
  }

  /** @throws what it said, where its status is not 0 */
  must(...words: string[]): string {
    const { status, stdout, stderr } = this.run(...words)
    if (status !== 0)
      throw new Error(`${words.join(' ')}: status ${status}\n${stdout}\n${stderr}\n${this.journal()}`)
    return stdout.trim()
  }

  /** Started there, in the background. */
  start(...words: string[]): ChildProcess {
    return spawn('nsenter', ['-t', String(this.#init), '-m', '-p', '-u', '-i', '-C', ...words], {
      stdio: 'ignore',
    })
  }

  /** What the services have logged. */
  journal(): string {
    return this.run('journalctl', '--no-pager', '-o', 'cat', '-n', '60').stdout
  }

  /** Ends all that runs in there. */
  async end(): Promise<void> {
    const ended = once(this.#child, 'close')
    process.kill(this.#init, 'SIGKILL')
    await ended
    rmSync(this.#place, { recursive: true, force: true })
  }
}

function childOf(pid: number): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return first ? Number(first) : undefined
  } catch {
    return undefined
  }
}
