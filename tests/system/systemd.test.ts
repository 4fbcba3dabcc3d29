/** `tildegate service` and the units it writes, with a real systemd: start, reload, restart, watchdog, removal; by the packaged single file. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, removeFolder } from '../support/files.ts'
import { freePort } from '../support/other-programs.ts'
import { blocksOf } from '../support/recipe.ts'
import { boxOnThisComputer, SystemdBox } from '../support/systemd-box.ts'

const { isThere, howToGetIt } = await boxOnThisComputer()
const packaging = fileURLToPath(new URL('../../scripts/package-gateway.mjs', import.meta.url))

describe.skipIf(!isThere)(`services of systemd ${howToGetIt}`, { timeout: 120_000 }, () => {
  const folder = makeFolder()
  let box: SystemdBox
  let port = 0
  let tlsPort = 0

  beforeAll(async () => {
    const made = spawnSync(process.execPath, [packaging, folder], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(made.stderr)
    // The users of the services shall start what is in there.
    chmodSync(folder, 0o755)
    box = await SystemdBox.boot(folder)
    port = await freePort()
    tlsPort = await freePort()
  }, 300_000)
  afterAll(async () => {
    await box.end()
    removeFolder(folder)
  })

  const tildegate = (...words: string[]) => box.must('/box/tildegate', ...words)
  const write = (path: string, text: string, mode: string, owner: string) => {
    box.must('sh', '-c', `cat > ${path} <<'EOF'\n${text}\nEOF\nchmod ${mode} ${path}; chown ${owner} ${path}`)
  }
  const property = (unit: string, name: string) => box.must('systemctl', 'show', '-P', name, unit)
  const userOf = (name: string) =>
    box.must('ps', '-o', 'user:32=', '-p', property(`tildegate-${name}.service`, 'MainPID'))
  /** By a connection of its own, which is taken by the process that takes connections now. */
  const visit = (name: string) =>
    fetch(`http://127.0.0.1:${port}/~~${name}/`, { headers: { Connection: 'close' } })

  async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    const end = performance.now() + 60_000
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`not within a minute: ${what}\n${box.journal()}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  it('installs a gateway whose ports systemd holds, and it is ready when systemctl says so', async () => {
    box.must('install', '-d', '/etc/tildegate')
    write('/etc/tildegate/balance.bin', '/~~homePC=pw1#:*;', '0644', 'root:root')
    // Who asks for a tunnel that is not there is told so soon.
    write('/etc/tildegate/tildegate.toml', '[limits]\nreturnMs = 500', '0644', 'root:root')
    const options = ['--listen', `127.0.0.1:${port}`, '--listen-tls', `127.0.0.1:${tlsPort}`]
    const said = tildegate('service', 'install', 'gateway', '--sockets', '--', ...options)
    expect(said).toContain('wrote /etc/systemd/system/tildegate-gateway.service')
    expect(property('tildegate-gateway.service', 'ActiveState')).toBe('active')
    box.must('systemd-analyze', 'verify', 'tildegate-gateway.service', 'tildegate-gateway-http.socket')
    expect((await visit('homePC')).status).toBe(404)
    expect(userOf('gateway')).toBe('tildegate')
    expect(box.must('ls', '/var/lib/tildegate-gateway')).toContain('self-signed.key')
  })

  it('installs an agent, to which systemd hands a file that root alone may read', async () => {
    write('/etc/tildegate/backbalance.bin', `/~~homePC=pw1#127.0.0.1:${port};`, '0600', 'root:root')
    tildegate('service', 'install', 'agent')
    await until('the tunnel is connected', async () => (await visit('homePC')).status === 200)
    expect(await (await visit('homePC')).text()).toContain('<!doctype html>')
    expect(userOf('agent')).toBe('tildegate-agent')
  })

  it('changes nothing when it is installed again', () => {
    const said = tildegate('service', 'install', 'agent')
    expect(said).toContain('/etc/systemd/system/tildegate-agent.service is as it should be')
    expect(said).not.toContain('wrote')
  })

  it('says how they are', () => {
    expect(tildegate('service', 'status', 'gateway')).toMatch(/Active: active \(running\)/)
    expect(box.run('/box/tildegate', 'service', 'status', 'gateway', '--user').status).toBe(1)
  })

  it.each(['gateway', 'agent'])('lets the %s do little', name => {
    const { stdout } = box.run('systemd-analyze', 'security', '--no-pager', `tildegate-${name}.service`)
    const exposure = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(stdout)?.[1])
    expect(exposure).toBeGreaterThan(0)
    expect(exposure).toBeLessThanOrEqual(1.5)
    const main = property(`tildegate-${name}.service`, 'MainPID')
    expect(box.must('grep', '-E', '^(CapEff|NoNewPrivs|Seccomp):', `/proc/${main}/status`)).toBe(
      'CapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2',
    )
  })

  it('takes up balance.bin at a reload, and says when it is done', async () => {
    const main = property('tildegate-gateway.service', 'MainPID')
    write('/etc/tildegate/balance.bin', '/~~homePC=pw1#:*;\n/~~other=pw2#:*;', '0644', 'root:root')
    box.must('systemctl', 'reload', 'tildegate-gateway.service')
    await until('the reload is over', () => property('tildegate-gateway.service', 'ActiveState') === 'active')
    expect(property('tildegate-gateway.service', 'MainPID')).toBe(main)
    expect((await visit('homePC')).status).toBe(200)
  })

  it('refuses no connection while the gateway restarts', async () => {
    const before = property('tildegate-gateway.service', 'MainPID')
    const restart = box.start('systemctl', 'restart', 'tildegate-gateway.service')
    const restarted = once(restart, 'exit')
    let isOver = false
    restarted.then(
      () => {
        isOver = true
      },
      () => {},
    )
    let taken = 0
    while (!isOver) {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.destroy()
      taken += 1
    }
    expect(await restarted).toEqual([0, null])
    expect(property('tildegate-gateway.service', 'MainPID')).not.toBe(before)
    expect(taken).toBeGreaterThan(1)
    await until('the agent is back', async () => (await visit('homePC')).status === 200)
  })

  it('is followed to the process to which it hands over, as the page for upgrades has it', async () => {
    const before = property('tildegate-gateway.service', 'MainPID')
    const [recipe = ''] = blocksOf('upgrade.md')
    const command = recipe.split('\n').find(line => line.startsWith('systemctl kill'))
    box.must('sh', '-c', command ?? 'false')
    await until('systemd knows the new process', () => {
      const now = property('tildegate-gateway.service', 'MainPID')
      return now !== '0' && now !== before
    })
    await until('the agent is back', async () => (await visit('homePC')).status === 200)
    await until('the old process has ended', () => box.run('test', '-d', `/proc/${before}`).status !== 0)
    expect(property('tildegate-gateway.service', 'ActiveState')).toBe('active')
    expect(property('tildegate-gateway.service', 'NRestarts')).toBe('0')
    expect(userOf('gateway')).toBe('tildegate')
    const main = property('tildegate-gateway.service', 'MainPID')
    box.must('systemctl', 'reload', 'tildegate-gateway.service')
    expect(property('tildegate-gateway.service', 'MainPID')).toBe(main)
    expect((await visit('homePC')).status).toBe(200)
    expect(
      (await fetch(`https://127.0.0.1:${tlsPort}/`).catch((error: Error) => error.cause)) ?? '',
    ).toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
  })

  it('is started anew when it hangs', async () => {
    box.must('mkdir', '-p', '/etc/systemd/system/tildegate-gateway.service.d')
    write(
      '/etc/systemd/system/tildegate-gateway.service.d/hurry.conf',
      '[Service]\nWatchdogSec=2',
      '0644',
      'root:root',
    )
    box.must('systemctl', 'daemon-reload')
    box.must('systemctl', 'restart', 'tildegate-gateway.service')
    const main = property('tildegate-gateway.service', 'MainPID')
    const told = property('tildegate-gateway.service', 'WatchdogTimestampMonotonic')
    await until(
      'it says that it is alive',
      () => property('tildegate-gateway.service', 'WatchdogTimestampMonotonic') !== told,
    )
    expect(property('tildegate-gateway.service', 'MainPID')).toBe(main)
    box.must('kill', '-STOP', main)
    await until('another one runs', () => {
      const now = property('tildegate-gateway.service', 'MainPID')
      return now !== '0' && now !== main && property('tildegate-gateway.service', 'ActiveState') === 'active'
    })
    expect((await visit('none')).status).toBe(404)
  })

  it('leaves a file alone that it did not write', () => {
    write(
      '/etc/systemd/system/tildegate-agent.service',
      '[Service]\nExecStart=/bin/true',
      '0644',
      'root:root',
    )
    for (const verb of ['install', 'uninstall']) {
      const { status, stderr } = box.run('/box/tildegate', 'service', verb, 'agent')
      expect(status).toBe(78)
      expect(stderr).toContain('/etc/systemd/system/tildegate-agent.service is there already')
    }
    box.must('rm', '/etc/systemd/system/tildegate-agent.service')
  })

  it('lets the sockets go with other options', async () => {
    write('/etc/tildegate/balance.bin', '/~~homePC=pw1#:*;', '0644', 'root:root')
    const said = tildegate('service', 'install', 'gateway', '--', '--listen', `127.0.0.1:${port}`)
    expect(said).toContain('removed /etc/systemd/system/tildegate-gateway-https.socket')
    expect((await visit('none')).status).toBe(404)
  })

  it('is not started again and again where its file has errors', async () => {
    write('/etc/tildegate/balance.bin', '/~~homePC=pw1#:0;', '0644', 'root:root')
    expect(box.run('systemctl', 'restart', 'tildegate-gateway.service').status).not.toBe(0)
    expect(property('tildegate-gateway.service', 'ExecMainStatus')).toBe('78')
    expect(property('tildegate-gateway.service', 'NRestarts')).toBe('0')
  })

  it('is gone at the end', async () => {
    tildegate('service', 'uninstall', 'gateway')
    expect(
      box.must('find', '/etc/systemd/system', '/etc/sysusers.d', '-type', 'f', '-name', 'tildegate*'),
    ).toBe('')
    const socket = connect(port, '127.0.0.1')
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(tildegate('service', 'uninstall', 'gateway')).toBe('It is not installed.')
    expect(box.run('/box/tildegate', 'service', 'status', 'gateway').status).toBe(1)
  })
})
