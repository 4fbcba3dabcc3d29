/** The proxy lab: real Squid and Samba on loopback. Its tests run where it is up; see README.md beside this file. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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

export const proxyCertificate = () => readFileSync(join(labFolder, 'tls', 'proxy.crt'), 'utf8')

/** How many lines of a proxy's access log match. */
export function countAccesses(port: number, pattern: RegExp): number {
  const log = readFileSync(join(labFolder, 'log', `access-${port}.log`), 'utf8')
  return log.split('\n').filter(line => pattern.test(line)).length
}
