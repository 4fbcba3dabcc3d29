/** `tildegate service install … --user` with a real systemd of a user, who is not logged in but may linger (`loginctl`); by the packaged single file. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, removeFolder } from '../support/files.ts'
import { freePort } from '../support/other-programs.ts'
import { boxOnThisComputer, SystemdBox } from '../support/systemd-box.ts'

const box = await boxOnThisComputer()
/** The last one is of libpam-systemd. */
const login = ['/lib/systemd/systemd-logind', '/usr/bin/dbus-daemon', '/usr/share/pam-configs/systemd']
const isThere = box.isThere && login.every(file => existsSync(file))
const howToGetIt = box.howToGetIt.replace(']', ' libpam-systemd dbus]')
const packaging = fileURLToPath(new URL('../../scripts/package-gateway.mjs', import.meta.url))
const uid = '1500'
const [home, share] = ['/home/someone', '/home/someone/share']
const units = `${home}/.config/systemd/user`

describe.skipIf(!isThere)(`services of a user’s systemd ${howToGetIt}`, { timeout: 120_000 }, () => {
  const folder = makeFolder()
  let box: SystemdBox
  let port = 0

  beforeAll(async () => {
    const made = spawnSync(process.execPath, [packaging, folder], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(made.stderr)
    chmodSync(folder, 0o755)
    port = await freePort()
    box = await SystemdBox.boot(folder)
    box.must('systemctl', 'start', 'dbus.service', 'systemd-logind.service')
    box.must('useradd', '--create-home', '--uid', uid, 'someone')
    box.must('loginctl', 'enable-linger', 'someone')
    await until('the user’s systemd runs', () => systemctl('is-system-running').stdout === 'running\n')
    own('mkdir', '-m', '0700', share)
  }, 300_000)
  afterAll(async () => {
    await box.end()
    removeFolder(folder)
  })

  /** In the folder of what is shared, as the user, who has a manager of services of its own and no right to anything else. */
  const asUser = (...words: string[]) => {
    const cwd = box.run('test', '-d', share).status === 0 ? share : '/'
    const environment = ['env', '-C', cwd, `HOME=${home}`, `XDG_RUNTIME_DIR=/run/user/${uid}`]
    return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--', ...environment, ...words]
  }
  const own = (...words: string[]) => box.must(...asUser(...words))
  const tildegate = (...words: string[]) => own('/box/tildegate', ...words)
  const systemctl = (...words: string[]) => box.run(...asUser('systemctl', '--user', ...words))
  const property = (name: string, what: string) =>
    systemctl('show', '-P', what, `tildegate-${name}.service`).stdout.trim()
  const write = (file: string, text: string) =>
    own('sh', '-c', `umask 077; printf '%s\\n' '${text}' > ${file}`)
  const visit = (name: string) =>
    fetch(`http://127.0.0.1:${port}/~~${name}/`).then(
      answer => answer.status,
      () => 0,
    )

  async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    const end = performance.now() + 60_000
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`not within a minute: ${what}\n${box.journal()}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  it('installs a gateway and an agent of the folder one is in, and they are ready when it says so', async () => {
    write('balance.bin', '/~~homePC=pw1#:*;')
    write('backbalance.bin', `/~~homePC=pw1#127.0.0.1:${port};`)
    const listen = ['--listen', `127.0.0.1:${port}`]
    const said = tildegate('service', 'install', 'gateway', '--user', '--', ...listen)
    expect(said).toContain(`wrote ${units}/tildegate-gateway.service`)
    expect(said).toContain('loginctl enable-linger someone')
    tildegate('service', 'install', 'agent', '--user')
    for (const name of ['gateway', 'agent']) {
      expect(property(name, 'ActiveState')).toBe('active')
      expect(box.must('ps', '-o', 'uid=', '-p', property(name, 'MainPID')).trim()).toBe(uid)
      expect(property(name, 'WorkingDirectory')).toBe(share)
    }
    await until('the tunnel is connected', async () => (await visit('homePC')) === 200)
    expect(tildegate('service', 'status', 'agent', '--user')).toMatch(/Active: active \(running\)/)
  })

  it.each(['gateway', 'agent'])('lets the %s do less than the user may', name => {
    const status = box.must('cat', `/proc/${property(name, 'MainPID')}/status`)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(status).toMatch(/^Seccomp:\t2$/m)
    expect(status).toMatch(/^CapEff:\t0+$/m)
  })

  it('takes up balance.bin at a reload', async () => {
    const main = property('gateway', 'MainPID')
    write('balance.bin', '/~~homePC=pw1#:*;\n/~~other=pw2#:*;')
    expect(systemctl('reload', 'tildegate-gateway.service').status).toBe(0)
    await until('the reload is over', () => property('gateway', 'ActiveState') === 'active')
    expect(property('gateway', 'MainPID')).toBe(main)
    expect(box.journal()).toContain('"entries":2')
  })

  it('starts an agent anew that falls', async () => {
    const main = property('agent', 'MainPID')
    box.must('kill', '-KILL', main)
    await until('another one runs', () => {
      const now = property('agent', 'MainPID')
      return now !== '0' && now !== main && property('agent', 'ActiveState') === 'active'
    })
    await until('the tunnel is connected again', async () => (await visit('homePC')) === 200)
  })

  it('starts them with the computer, before anybody logs in', async () => {
    box.must('systemctl', 'stop', `user@${uid}.service`)
    expect(await visit('homePC')).toBe(0)
    // What a start of the computer does for those who linger.
    box.must('systemctl', 'start', `user@${uid}.service`)
    await until('the tunnel is connected again', async () => (await visit('homePC')) === 200)
  })

  it('is gone at the end, and leaves the user’s files', async () => {
    for (const name of ['agent', 'gateway']) tildegate('service', 'uninstall', name, '--user')
    expect(box.must('find', units, '-name', 'tildegate*')).toBe('')
    expect(await visit('homePC')).toBe(0)
    expect(own('ls', share)).toContain('backbalance.bin')
  })
})
