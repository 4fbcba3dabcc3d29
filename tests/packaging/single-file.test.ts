/**
 * The packaged single file, made by `npm run package:gateway` and run where there is no Node and no repository: another folder, a PATH with
 * nothing in it, and, for root on Linux, with the repository out of sight.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startConnectProxy } from '../support/connect-proxy.ts'
import { makeFolder, removeFolder, temporaryFolder } from '../support/files.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { type ProgramOptions, startCommand, stopAll } from '../support/programs.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const canHide = process.platform === 'linux' && process.getuid?.() === 0
const gsettings = spawnSync('sh', ['-c', 'command -v gsettings'], { encoding: 'utf8' }).stdout.trim()

describe('the packaged single file', { timeout: 60_000 }, () => {
  const output = makeFolder()
  const file = join(output, process.platform === 'win32' ? 'tildegate.exe' : 'tildegate')

  beforeAll(() => {
    const made = spawnSync(process.execPath, ['scripts/package-gateway.mjs', output], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`It could not be made:\n${made.stdout}\n${made.stderr}`)
  }, 240_000)
  afterEach(stopAll)
  afterAll(() => removeFolder(output))

  /** In an empty folder, without anything in its PATH. */
  function start(args: readonly string[], { env, ...options }: ProgramOptions = {}) {
    const cwd = options.cwd ?? temporaryFolder()
    const hidden = [
      '/usr/bin/unshare',
      '--mount',
      '/bin/sh',
      '-c',
      `/bin/mount -t tmpfs none '${root}' && exec "$@"`,
      'sh',
    ]
    return startCommand([file, ...args], {
      ...options,
      cwd,
      ...(canHide ? { within: hidden } : {}),
      env: { PATH: cwd, NODE_OPTIONS: '', NODE_PATH: '', ...env },
    })
  }

  async function run(args: readonly string[], options?: ProgramOptions) {
    const program = start(args, options)
    const status = await program.ended
    return { status, stdout: program.stdout.join('\n'), stderr: program.stderr.join('\n') }
  }

  async function startGateway(password: string) {
    const folder = temporaryFolder({ 'balance.bin': `/~~homePC=${password}#:*;\n` })
    const gateway = start(['gateway', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'], { cwd: folder })
    const [, url = ''] = await gateway.line(/^gateway ready (http:\/\/127\.0\.0\.1:\d+)$/)
    return { gateway, url }
  }

  /** The page of the admin listener with all that it names: the same that was built. */
  async function hasDashboard(admin: string) {
    const page = await (await fetch(`${admin}/`)).text()
    const built = readFileSync(join(root, 'dist/dashboard/index.html'), 'utf8')
    expect(page.replace(/(?<=name="style-nonce" content=")[^"]+/, '%STYLE_NONCE%')).toBe(built)
    const parts = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(match => match[1] ?? '')
    expect(parts.length).toBeGreaterThan(1)
    for (const part of parts) {
      const answer = await fetch(`${admin}/dashboard/${part}`)
      expect({ part, status: answer.status }).toEqual({ part, status: 200 })
      const bytes = Buffer.from(await answer.arrayBuffer())
      expect(bytes.equals(readFileSync(join(root, 'dist/dashboard', part)))).toBe(true)
    }
  }

  it('says its version and its help', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(await run(['--version'])).toEqual({ status: 0, stdout: version, stderr: '' })
    const help = await run(['--help'])
    for (const command of ['gateway', 'agent', 'test', 'check', 'secret', 'service', 'health', 'demo'])
      expect(help.stdout).toContain(`\n  ${command} `)
  })

  it('ends with the statuses of the command line', async () => {
    const folder = temporaryFolder({ 'balance.bin': '/~~a=pw#:51.254.22.85;\n' })
    expect(await run(['check', 'balance.bin'], { cwd: folder })).toMatchObject({ status: 1 })
    expect(await run(['gateway'], { cwd: folder })).toMatchObject({ status: 78 })
    expect(await run(['nonsense'])).toMatchObject({ status: 64 })
    expect(await run(['keychain-process'])).toMatchObject({ status: 64 })
  })

  it('carries the terms of Node and of every package in it', async () => {
    const { stdout } = await run(['--licenses'])
    for (const part of [
      'tildegate',
      `Node.js ${process.version}`,
      'V8',
      '@github/keytar',
      'quickjs-wasi',
      'pino',
    ])
      expect(stdout).toMatch(new RegExp(`(?:^|\\W)${part}\\W`))
    for (const name of ['commander', 'ws', 'prom-client', 'chokidar', '@peculiar/x509', 'socks', 'valibot'])
      expect(stdout).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'))
    expect(readFileSync(join(output, 'tildegate-licenses.txt'), 'utf8').trim()).toBe(stdout.trim())
  })

  it('is gateway and agent, and visitors and the admin get the pages that lie within it', async () => {
    const { gateway, url } = await startGateway('pw1')
    const [, admin = ''] = await gateway.line(/^admin ready (http:\/\/127\.0\.0\.1:\d+)$/)
    const agent = start(['agent', '--line', `/~~homePC=pw1#${url};`])
    const [, shown] = await agent.line(/^agent ready \/~~homePC (\S+)$/)
    expect(shown).toBe(`${url}/~~homePC/`)
    expect(await (await fetch(`${url}/~~homePC/`)).text()).toContain('<!doctype html>')
    await hasDashboard(admin)
    expect(await run(['health', '--admin', new URL(admin).host])).toMatchObject({ status: 0 })
    for (const program of [agent, gateway]) {
      program.signal('SIGTERM')
      expect(await program.ended).toBe(0)
    }
  })

  it('starts itself twice for the demo', async () => {
    const demo = start(['demo'])
    const [, url = ''] = await demo.line(/^agent ready \/~~demo (\S+)$/)
    for (const [path, type] of [
      ['', 'text/html'],
      ['style.css', 'text/css'],
      ['images/dunes.png', 'image/png'],
    ]) {
      const answer = await fetch(url + path)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toContain(type)
    }
    demo.signal('SIGTERM')
    expect(await demo.ended).toBe(0)
  })

  it.skipIf(gsettings === '')(
    'runs a PAC file [needs: apt install libglib2.0-bin gsettings-desktop-schemas]',
    async () => {
      const proxy = await startConnectProxy({ refusal: '503 Service Unavailable' })
      onTestFinished(proxy.close)
      const pac = `function FindProxyForURL(url, host) {
        return dnsResolve("127.0.0.1") === "127.0.0.1" ? "PROXY 127.0.0.1:${proxy.port}" : "DIRECT"
      }`
      const home = temporaryFolder({ 'proxy.pac': pac })
      const desktop = {
        HOME: home,
        XDG_CONFIG_HOME: home,
        XDG_CURRENT_DESKTOP: 'GNOME',
        GSETTINGS_BACKEND: 'keyfile',
      }
      for (const [key = '', value = ''] of [
        ['mode', 'auto'],
        ['autoconfig-url', `file://${home}/proxy.pac`],
      ])
        execFileSync(gsettings, ['set', 'org.gnome.system.proxy', key, value], {
          env: { ...process.env, ...desktop },
        })
      symlinkSync(gsettings, join(home, 'gsettings'))
      const agent = start(['agent', '--line', '/~~homePC=pw2#gateway.test:443 -> system;'], {
        cwd: home,
        env: {
          HOME: home,
          XDG_CONFIG_HOME: home,
          XDG_CURRENT_DESKTOP: 'GNOME',
          GSETTINGS_BACKEND: 'keyfile',
        },
      })
      const [, said] = await agent.logged(/"said":"([^"]*)"/)
      expect(said).toBe(`127.0.0.1:${proxy.port} (PAC file://${home}/proxy.pac, from GNOME settings)`)
      await agent.logged(/proxy-/)
      expect(proxy.asked).toContain('gateway.test:443')
    },
  )

  it.skipIf(!isKeyringInstalled)(`keeps a password in the keychain ${howToGetKeyring}`, async () => {
    const { url } = await startGateway('SECRETpw3')
    const { env } = await Keyring.start('unlocked')
    const account = ['--tunnel', `homePC@${new URL(url).host}`]
    const set = await run(['secret', 'set', ...account], { env, input: 'SECRETpw3' })
    expect(set).toMatchObject({ status: 0, stderr: `Stored in the keychain: tunnel ${account[1]}` })
    const agent = start(['agent', '--line', `/~~homePC=#${url};`], { env })
    await agent.line(/^agent ready \/~~homePC/)
    expect(await run(['secret', 'delete', ...account], { env })).toMatchObject({ status: 0 })
  })

  it('says what is missing where there is no keychain', async () => {
    const folder = temporaryFolder()
    const env = { HOME: folder, XDG_DATA_HOME: folder, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/none` }
    const set = await run(['secret', 'set', '--tunnel', 'a@gateway.example:443'], { env, input: 'SECRETpw4' })
    expect(set.status).toBe(1)
    expect(set.stderr).toMatch(/keychain/i)
    expect(set.stderr).not.toMatch(/^\s+at |SECRETpw4/m)
  })
})
