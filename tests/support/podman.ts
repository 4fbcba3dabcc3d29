/**
 * Real containers of podman for tests, in a mount namespace of their own: their images are in a folder of the test, and nothing of this
 * computer's podman is seen, used or left. Debian's libraries of this computer stand in for the base image, which tests do not download.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, removeFolder } from './files.ts'

/** What works also where the test itself is in a container: groups of control are neither needed nor in the way. */
const configuration = `[containers]
cgroups = "disabled"
`
const namespaceScript = `set -e
mount --make-rprivate /
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/libpod
mount -t tmpfs tmpfs /run/libpod
mount -t tmpfs tmpfs /dev/shm
echo ready
read -r _`

/** `$1`: a folder to fill, `$2`: the archive. As gcr.io/distroless/cc-debian12:nonroot: libraries of C and C++, a user, and no program at all. */
const baseScript = `mkdir -p "$1/etc" "$1/home/nonroot"
dpkg -L libc6 libgcc-s1 libstdc++6 | grep -E '^/(usr/)?lib(64)?/.*\\.so' | tar -C / -cf - --no-recursion -T - | tar -C "$1" -xf -
echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' > "$1/etc/passwd"
echo 'nonroot:x:65532:' > "$1/etc/group"
echo 'hosts: files dns' > "$1/etc/nsswitch.conf"
mkdir -m 1777 "$1/tmp"
tar -C "$1" -cf "$2" .`

const commandMs = 120_000

/** Whether containers can be run here, tried with one of this computer's own files; and the words for a test that is left out. */
export async function podmanOnThisComputer(): Promise<{ isThere: boolean; howToGetIt: string }> {
  const no = { isThere: false, howToGetIt: '[needs: root, Debian, apt install podman crun]' }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return no
  if (spawnSync('dpkg', ['-L', 'libc6'], { stdio: 'ignore' }).status !== 0) return no
  const podman = await Podman.start().catch(() => undefined)
  if (podman === undefined) return no
  const isThere =
    podman.run('run', '--rm', '--network=none', ...Podman.limits.split(' '), '--rootfs', '/:O', '/bin/true')
      .status === 0
  await podman.end()
  return { ...no, isThere }
}

export class Podman {
  /** Podman's own would raise limits, which is not permitted where the test itself is in a container. */
  static readonly limits = '--ulimit nofile=1024:1024 --ulimit nproc=1024:1024'
  readonly #folder: string
  readonly #namespace: ChildProcess
  readonly #enter: readonly string[]
  readonly #env: NodeJS.ProcessEnv

  private constructor(folder: string, namespace: ChildProcess) {
    this.#folder = folder
    this.#namespace = namespace
    this.#enter = ['nsenter', '-t', String(namespace.pid), '-m']
    // Health checks are run by us: no timers of this computer's systemd.
    this.#env = {
      ...process.env,
      CONTAINERS_CONF: join(folder, 'containers.conf'),
      DISABLE_HC_SYSTEMD: 'true',
    }
  }

  /** @throws where there is no such namespace to be had */
  static async start(): Promise<Podman> {
    const folder = makeFolder()
    writeFileSync(join(folder, 'containers.conf'), configuration)
    const namespace = spawn('unshare', ['--mount', 'sh', '-c', namespaceScript], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const said = await Promise.race([once(namespace.stdout, 'data'), once(namespace, 'exit')])
    if (String(said[0]) === 'ready\n') return new Podman(folder, namespace)
    removeFolder(folder)
    throw new Error('there is no mount namespace to be had')
  }

  run(...words: string[]): { status: number | null; stdout: string; stderr: string } {
    const [command = '', ...args] = this.#command(words)
    return spawnSync(command, args, { encoding: 'utf8', timeout: commandMs, env: this.#env })
  }

  /** In the background: the test's own servers go on. */
  start(...words: string[]): ChildProcess {
    const [command = '', ...args] = this.#command(words)
    return spawn(command, args, { stdio: 'ignore', env: this.#env })
  }

  /** @throws what it said, where its status is not 0 */
  must(...words: string[]): string {
    const { status, stdout, stderr } = this.run(...words)
    if (status !== 0) throw new Error(`podman ${words.join(' ')}: status ${status}\n${stdout}\n${stderr}`)
    return stdout.trim()
  }

  makeBase(name: string): void {
    const [content, archive] = [join(this.#folder, 'base'), join(this.#folder, 'base.tar')]
    mkdirSync(content)
    const { status, stderr } = spawnSync('sh', ['-ec', baseScript, 'sh', content, archive], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`there is no base to be made: ${stderr}`)
    this.must('import', '--quiet', archive, name)
  }

  /** Ends all containers, and removes what was made. */
  async end(): Promise<void> {
    this.run('rm', '--all', '--force', '--time=0')
    const ended = once(this.#namespace, 'exit')
    this.#namespace.stdin?.end()
    await ended
    // A mount of it is gone with the last process in the namespace.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }

  #command(words: readonly string[]): string[] {
    const where = ['--root', join(this.#folder, 'images'), '--runroot', join(this.#folder, 'run')]
    return [...this.#enter, 'podman', '--cgroup-manager=cgroupfs', ...where, ...words]
  }
}
