/**
 * The built programs with a hop `system`, and what this computer says in many ways: variables, GNOME's settings, a PAC file from a real
 * server. The proxies' logs tell whether they were used, and as whom.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { makeFolder, removeFolder, temporaryFolder } from '../support/files.ts'
import { type Program, startAgent, startProgram, startSiteProgram, stopAll } from '../support/programs.ts'
import { at, countAccesses, howToGetIt, isLabUp, of, passwords, ports, untilAccesses } from './lab.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const password = 'tunnel-S3cret'
const url = (port: number, login = '') => `http://${login === '' ? '' : `${login}@`}127.0.0.1:${port}`
const hasGsettings =
  spawnSync('gsettings', ['list-keys', 'org.gnome.system.proxy'], { stdio: 'ignore' }).status === 0

/** None of this computer's own proxies and settings. */
function clean(folder: string, variables: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const names = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']
  const empty = Object.fromEntries(
    names.flatMap(name => [
      [name, ''],
      [name.toUpperCase(), ''],
    ]),
  )
  const own = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, XDG_CURRENT_DESKTOP: '' }
  return { ...empty, ...own, GSETTINGS_BACKEND: 'keyfile', ...variables }
}

describe.skipIf(!isLabUp)(`what this computer says, ${howToGetIt}`, () => {
  const folder = makeFolder({ 'balance.bin': `/~~a=${password}#:*;\n` })
  let port = ''
  let site = ''
  const running: Program[] = []

  beforeAll(async () => {
    const gateway = startProgram(['gateway', '--listen', '127.0.0.1:0'], { cwd: folder })
    ;[, port = ''] = await gateway.line(/^gateway ready \S+:(\d+)$/)
    site = (await startSiteProgram('home')).url
  })
  afterEach(async () => {
    for (const program of running.splice(0)) {
      program.signal('SIGTERM')
      await program.ended
    }
  })
  afterAll(async () => {
    await stopAll()
    removeFolder(folder)
  })

  const line = (hops: string, host = '127.0.0.1') => `/~~a=${password}#${host}:${port} -> ${hops} => ${site};`
  const ofGateway = () => new RegExp(`CONNECT \\S+:${port} `)

  /** Brings the tunnel up and lets a visitor through it. */
  async function visit(hops: string, variables: NodeJS.ProcessEnv, host?: string): Promise<Program> {
    const env = clean(temporaryFolder(), variables)
    const { program } = await startAgent(['--line', line(hops, host)], { env })
    running.push(program)
    const page = await fetch(`http://127.0.0.1:${port}/~~a/`)
    expect(await page.text()).toBe('hello from home')
    return program
  }

  /** What an agent says that gives up. */
  async function refusal(hops: string, variables: NodeJS.ProcessEnv) {
    const env = clean(temporaryFolder(), variables)
    const program = startProgram(['agent', '--line', line(hops), '--once', '--status-json'], { env })
    expect(await program.ended).toBe(1)
    const states = program.stdout.map(
      text => JSON.parse(text) as { code?: string; hop?: number; message?: string },
    )
    return { program, last: states.findLast(({ code }) => code !== undefined) }
  }

  const said = (program: Program) => program.logged(/"said":"([^"]*)"/).then(([, text]) => text)

  it.each([
    ['a proxy without a login', ports.open, {}, '-'],
    ['Basic', ports.basic, { login: 'alice:Passw0rd%21' }, 'alice'],
    ['Basic, its password raw', ports.basic, { login: 'carol:a:b:c' }, 'carol'],
    ['Basic, in UTF-8', ports.basic, { login: 'j%C3%BCrgen:Gr%C3%BC%C3%9Fe-99' }, 'j%c3%bcrgen'],
    ['NTLM', ports.ntlm, { login: 'LAB%5Calice:Passw0rd%21' }, 'LAB\\\\alice'],
    ['NTLM, its backslash raw', ports.ntlm, { login: 'LAB\\bob:pässwörd-Ünï1' }, 'LAB\\\\bob'],
    [
      'NTLM without a domain, in lower case',
      ports.ntlm,
      { name: 'https_proxy', login: '%5Calice:Passw0rd%21' },
      'LAB\\\\alice',
    ],
    ['ALL_PROXY', ports.open, { name: 'ALL_PROXY' }, '-'],
  ] as const)(
    'is heeded in HTTPS_PROXY with %s',
    async (_, proxy, { name = 'HTTPS_PROXY', login = '' }: { name?: string; login?: string }, user) => {
      const before = countAccesses(proxy, ofGateway())
      const program = await visit('system', { [name]: url(proxy, login) })
      expect(await said(program)).toBe(`127.0.0.1:${proxy} (environment ${name})`)
      program.signal('SIGTERM')
      await program.ended
      const seen = await untilAccesses(proxy, new RegExp(`CONNECT \\S+:${port} \\S* ?(\\S+)`), before + 2)
      expect(seen.length).toBeGreaterThan(before)
      expect(
        countAccesses(proxy, new RegExp(`CONNECT \\S+:${port} .*${user.replaceAll('\\', '\\\\')}`)),
      ).toBeGreaterThan(0)
      const written = [...program.stdout, ...program.stderr].join('\n')
      for (const secret of [password, 'Passw0rd!', 'Passw0rd%21', 'a:b:c', 'Grüße', 'pässwörd'])
        expect(written).not.toContain(secret)
    },
  )

  it('is not heeded where NO_PROXY takes the gateway out', async () => {
    const before = countAccesses(ports.open, ofGateway())
    const program = await visit('system', { HTTPS_PROXY: url(ports.open), NO_PROXY: 'localhost,127.0.0.0/8' })
    expect(await said(program)).toBe('direct: NO_PROXY matches 127.0.0.0/8')
    expect(countAccesses(ports.open, ofGateway())).toBe(before)
  })

  it('may be one of several proxies, in any place', async () => {
    const hops = [at(ports.open), 'system', at(ports.ntlm, of('alice', 'LAB'))].join(' -> ')
    const before = countAccesses(ports.ntlm, ofGateway())
    await visit(hops, { HTTPS_PROXY: url(ports.basic, 'alice:Passw0rd%21') })
    await untilAccesses(ports.basic, new RegExp(`CONNECT 127.0.0.1:${ports.ntlm} `), 1)
    for (const program of running.splice(0)) {
      program.signal('SIGTERM')
      await program.ended
    }
    await untilAccesses(ports.ntlm, ofGateway(), before + 1)
  })

  it('lets the proxies behind it keep their numbers where it says direct', async () => {
    const hops = `system -> ${at(ports.basic, 'alice:wrong')}`
    const { last } = await refusal(hops, { NO_PROXY: '*', HTTPS_PROXY: url(ports.open) })
    expect(last).toMatchObject({ code: 'proxy-auth-refused', hop: 2 })
  })

  it('without the login that its proxy asks for ends in an error that says what to write', async () => {
    const { last } = await refusal('system', { HTTPS_PROXY: url(ports.all) })
    expect(last).toMatchObject({
      code: 'system-proxy-login-required',
      hop: 1,
      message: expect.stringContaining(
        'this computer names the proxy (environment HTTPS_PROXY), but no login for it',
      ),
    })
  })

  it('without a login uses the one that is stored for its proxy', async () => {
    const home = temporaryFolder()
    const own = { HOME: home, XDG_DATA_HOME: home, TILDEGATE_SECRET_STORE: 'file' }
    const set = ['secret', 'set', '--hop', at(ports.ntlm), '--login', 'LAB\\bob']
    const env = { ...process.env, ...clean(home, own) }
    execFileSync(process.execPath, [main, ...set], {
      env,
      input: passwords.bob,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const asBob = new RegExp(`CONNECT \\S+:${port} .*LAB\\\\\\\\bob`)
    const before = countAccesses(ports.ntlm, asBob)
    const program = await visit('system', { ...own, HTTPS_PROXY: url(ports.ntlm) })
    program.signal('SIGTERM')
    await program.ended
    await untilAccesses(ports.ntlm, asBob, before + 1)
  })

  it('that is no proxy is named by its variable, without its value', async () => {
    const env = clean(temporaryFolder(), { HTTPS_PROXY: 'http://alice:Passw0rd!@proxy:port' })
    const program = startProgram(['agent', '--line', line('system'), '--status-json'], { env })
    running.push(program)
    const [text] = await program.line(/^.*system-proxy-unavailable.*$/)
    expect(JSON.parse(text)).toMatchObject({
      hop: 1,
      message: expect.stringContaining('the variable HTTPS_PROXY: it is not host:port'),
    })
    expect(text).not.toContain('Passw0rd')
  })

  it('stands in the connection test', async () => {
    const env = clean(temporaryFolder(), { HTTPS_PROXY: url(ports.ntlm, 'LAB%5Calice:Passw0rd%21') })
    const program = startProgram(['test', '--line', line('system'), '--json'], { env })
    expect(await program.ended).toBe(0)
    const { reports } = JSON.parse(program.stdout.join('\n')) as {
      reports: { stations: { kind: string; detail: object }[] }[]
    }
    const station = reports[0]?.stations.find(({ kind }) => kind === 'system-proxy')
    expect(station?.detail).toEqual({ said: `127.0.0.1:${ports.ntlm} (environment HTTPS_PROXY)` })
  })

  describe.skipIf(!hasGsettings)(
    'through GNOME [needs: apt-get install libglib2.0-bin gsettings-desktop-schemas]',
    () => {
      /** A folder with settings of its own. */
      function settings(
        values: readonly (readonly [schema: string, key: string, value: string])[],
      ): NodeJS.ProcessEnv {
        const own = temporaryFolder()
        for (const [schema, key, value] of values)
          execFileSync('gsettings', ['set', `org.gnome.system.proxy${schema}`, key, value], {
            env: { ...process.env, ...clean(own) },
          })
        return { HOME: own, XDG_CONFIG_HOME: own }
      }

      /** A PAC file on a real server that counts. */
      async function servePac(script: string) {
        const asked: string[] = []
        const server = createServer((request, response) => {
          asked.push(request.url ?? '')
          response.writeHead(200, { 'Content-Type': 'application/x-ns-proxy-autoconfig' }).end(script)
        })
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        onTestFinished(() => void server.close())
        return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/proxy.pac` }
      }
      const auto = (pac: string) =>
        settings([
          ['', 'mode', 'auto'],
          ['', 'autoconfig-url', pac],
        ])

      it('a proxy set by hand is used, with its login', async () => {
        const variables = settings([
          ['', 'mode', 'manual'],
          ['.http', 'host', '127.0.0.1'],
          ['.http', 'port', String(ports.ntlm)],
          ['.http', 'use-authentication', 'true'],
          ['.http', 'authentication-user', 'LAB\\carol'],
          ['.http', 'authentication-password', 'a:b:c'],
        ])
        const program = await visit('system', variables, 'gateway.lab.test')
        expect(await said(program)).toBe(`127.0.0.1:${ports.ntlm} (GNOME settings)`)
      })

      it('a PAC file chooses the proxy, which alone knows the gateway’s name', async () => {
        const pac = await servePac(`function FindProxyForURL(url, host) {
        if (isPlainHostName(host) || isInNet("127.0.0.1", "10.0.0.0", "255.0.0.0")) return "DIRECT"
        return shExpMatch(host, "*.lab.test") && url.indexOf("https://") === 0 ? "PROXY 127.0.0.1:${ports.open}" : "DIRECT"
      }`)
        const program = await visit('system', auto(pac.url), 'gateway.lab.test')
        expect(await said(program)).toBe(`127.0.0.1:${ports.open} (PAC ${pac.url}, from GNOME settings)`)
        expect(pac.asked).toEqual(['/proxy.pac'])
      })

      it('the second proxy of a PAC file is used where the first is out of reach', async () => {
        const pac = await servePac(
          `function FindProxyForURL() { return "PROXY 127.0.0.1:1; PROXY 127.0.0.1:${ports.open}; DIRECT" }`,
        )
        const program = await visit('system', auto(pac.url), 'gateway.lab.test')
        expect(await said(program)).toContain(`127.0.0.1:1, else 127.0.0.1:${ports.open}, else direct`)
      })

      it('a PAC file that never ends is cut, and counts as none', async () => {
        const pac = await servePac('function FindProxyForURL() { while (true) {} }')
        const env = clean(temporaryFolder(), auto(pac.url))
        const program = startProgram(['agent', '--line', line('system', 'gateway.lab.test')], { env })
        running.push(program)
        expect(await said(program)).toBe(`direct: GNOME settings, PAC ${pac.url} took more than 4 s`)
      })
    },
  )
})
