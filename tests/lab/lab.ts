/** The proxy lab: real Squid and Samba on loopback. Its tests run where it is up; see README.md beside this file. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'

export const labFolder =
  process.env['TILDEGATE_LAB_DIR'] ?? join(process.env['TMPDIR'] ?? tmpdir(), 'tildegate-lab')

/** `up` says at once whether it runs: it is safe to repeat, and only root can begin it. */
export const isLabUp = (() => {
  const script = fileURLToPath(new URL('proxies.sh', import.meta.url))
  return (
    process.platform === 'linux' && spawnSync('bash', [script, 'running'], { stdio: 'ignore' }).status === 0
  )
})()

export const howToGetIt =
  '[needs the lab, as root: bash tests/lab/proxies.sh install && bash tests/lab/proxies.sh up]'

export const ports = {
  open: 13128,
  basic: 13129,
  ntlm: 13130,
  all: 13131,
  closingBasic: 13132,
  closingNtlm: 13133,
  tls: 13134,
  telling: 13135,
} as const

export const passwords = {
  alice: 'Passw0rd!',
  bob: 'pässwörd-Ünï1',
  carol: 'a:b:c',
  jürgen: 'Grüße-99',
} as const

/** A hop as an entry writes it. */
export const at = (port: number, login = '') => `${login === '' ? '' : `${login}@`}127.0.0.1:${port}`

/** A login as an entry writes it; with a domain, even an empty one, it asks for NTLM. */
export const of = (user: keyof typeof passwords, domain?: string) =>
  `${domain === undefined ? '' : `${domain}\\`}${user}:${passwords[user]}`

/** Two proxies that ask for NTLM, with different users. */
export const ntlmCascade = [at(ports.ntlm, of('alice', 'LAB')), at(ports.closingNtlm, of('bob', 'LAB'))]

export const proxyCertificate = () => readFileSync(join(labFolder, 'tls', 'proxy.crt'), 'utf8')

const logOf = (port: number) => join(labFolder, 'log', `access-${port}.log`)

/** How long the logs were when this file of tests began: an earlier test's gateway may have had the same port. */
const begunAt = new Map(
  isLabUp ? Object.values(ports).map(port => [port as number, readFileSync(logOf(port)).length]) : [],
)

/** The first group of each line of a proxy's access log that matches, since this file of tests began. */
export function accesses(port: number, pattern: RegExp): string[] {
  const log = readFileSync(logOf(port)).subarray(begunAt.get(port) ?? 0)
  return log
    .toString('utf8')
    .split('\n')
    .flatMap(line => pattern.exec(line)?.[1] ?? (pattern.test(line) ? [''] : []))
}

/** Waits until the log has so many; it is written a moment after the fact. */
export async function untilAccesses(port: number, pattern: RegExp, atLeast: number): Promise<string[]> {
  return vi.waitUntil(
    () => {
      const found = accesses(port, pattern)
      return found.length >= atLeast && found
    },
    { timeout: 5_000, interval: 20 },
  )
}

/** How many lines of a proxy's access log match. */
export function countAccesses(port: number, pattern: RegExp): number {
  return accesses(port, pattern).length
}

function proxiesScript(...args: string[]): void {
  const script = fileURLToPath(new URL('proxies.sh', import.meta.url))
  const { status, stderr } = spawnSync('bash', [script, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`proxies.sh ${args[0]}: ${stderr}`)
}

function sambaTool(...args: string[]) {
  const configuration = `--configfile=${join(labFolder, 'conf', 'smb.conf')}`
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  return spawnSync('samba-tool', [...args, configuration], { encoding: 'utf8', env })
}

/** A user of the domain that three wrong passwords lock. Whoever makes it removes it. */
export function makeLockableUser(password: string) {
  const user = `t${process.pid}-${randomBytes(3).toString('hex')}`
  proxiesScript('add-user', user, password)
  return {
    user,
    remove: () => proxiesScript('remove-user', user),
    /** `samba-tool user COMMAND`, the user's name put behind it. */
    change([command = '', ...options]: readonly string[]): void {
      const { status, stderr } = sambaTool('user', command, user, ...options)
      if (status !== 0) throw new Error(stderr)
    },
    /** How many wrong passwords in a row the domain has counted. */
    wrongPasswords(): number {
      const { stdout } = sambaTool('user', 'show', user)
      return Number(/^badPwdCount: (\d+)$/m.exec(stdout)?.[1] ?? Number.NaN)
    },
  }
}
