/** Tunnels made, changed and removed by the app, with their passwords in a real keyring. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { parseBackbalance } from '../../shared/balance/index.ts'
import type { RouteProgress } from '../../shared/ipc/views.ts'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { answerOfMain, askMain } from '../support/electron-standin/ask-main.ts'
import { howToGetKeyring, isKeyringInstalled, Keyring } from '../support/keyring.ts'
import { runGateway } from '../support/running-gateway.ts'
import { startSite } from '../support/site.ts'

const canRun = isAppThere && isKeyringInstalled

async function scene(file = '', balance = '/~~home=the tunnel’s own#:*;\n/~~other=pw2#:*;\n') {
  const keyring = await Keyring.start('unlocked')
  const gateway = await runGateway({ balance })
  const site = await startSite('home')
  const app = await launchApp({
    env: keyring.env,
    files: { 'backbalance.bin': file.replaceAll('PORT', String(gateway.port)) },
  })
  const window = await app.window()
  await window.getByRole('navigation').waitFor()
  const fileNow = () => readFileSync(join(app.folder, 'backbalance.bin'), 'utf8')
  const form = {
    name: 'home',
    gateway: { scheme: 'http', host: '127.0.0.1', port: gateway.port },
    password: 'the tunnel’s own',
    proxies: [],
    target: site.url,
    title: 'A site',
  }
  return { app, window, gateway, site, form, fileNow, id: `home@127.0.0.1:${gateway.port}` }
}

interface TestBridge {
  progress(listener: (heard: RouteProgress) => void): void
  start(asked: unknown): Promise<{ value: number }>
}

/** Listens before it starts: a test on loopback is over in no time. */
function testInPage(window: Page, asked: unknown): Promise<RouteProgress[]> {
  return window.evaluate(async question => {
    const { routeTest } = (window as never as { tildegate: { routeTest: TestBridge } }).tildegate
    const all: RouteProgress[] = []
    const finished = new Promise<void>(resolve =>
      routeTest.progress(heard => {
        all.push(heard)
        if (heard.event.kind === 'finished') resolve()
      }),
    )
    const { value } = await routeTest.start(question)
    await finished
    return all.filter(({ run }) => run === value)
  }, asked)
}

describe.skipIf(!canRun)(`sharing ${appNeeds} ${howToGetKeyring}`, { timeout: windowTestMs }, () => {
  it('puts the password into the keyring, not into the file, and the site is there', async () => {
    const { window, form, fileNow, gateway, id, app } = await scene('# mine\r\n')
    expect(await answerOfMain(window, 'tunnels.share', form)).toBe(id)
    const card = window.getByRole('article', { name: 'home' })
    await card.getByText('Connected').waitFor()
    expect(await card.getByText('A site at 127.0.0.1').count()).toBe(1)
    expect(fileNow()).toMatch(
      /^# mine\r\n\/~~home=#http:\/\/127\.0\.0\.1:\d+ => http:\/\/127\.0\.0\.1:\d+;\r\n$/,
    )
    expect(await (await fetch(`${gateway.url}/~~home/`)).text()).toBe('hello from home')
    const logs = readFileSync(join(app.folder, 'logs/engine.log'), 'utf8')
    expect(logs).not.toContain('the tunnel’s own')
    expect(JSON.stringify(await answerOfMain(window, 'tunnels.form', { id }))).not.toContain('own')
  })

  it('refuses a name that is taken, and an entry that cannot be written', async () => {
    const { window, form } = await scene('/~~home=the tunnel’s own#http://127.0.0.1:PORT;\n')
    expect(await askMain(window, 'tunnels.share', form)).toMatchObject({ failure: { code: 'name-taken' } })
    const colon = { kind: 'http', host: 'p', port: 1, login: { scheme: 'basic', user: 'a:b' } }
    expect(await askMain(window, 'tunnels.share', { ...form, name: 'x', proxies: [colon] })).toMatchObject({
      failure: { code: 'entry-unwritable' },
    })
  })

  it('changes an entry without asking for its password anew, and leaves the rest of the file alone', async () => {
    const { window, fileNow, id } = await scene(
      '// first\n/~~home=the tunnel’s own#http://127.0.0.1:PORT;\nnonsense stays\n',
    )
    const card = window.getByRole('article', { name: 'home' })
    await card.getByText('Connected').waitFor()
    const form = await answerOfMain(window, 'tunnels.form', { id })
    expect(form).not.toHaveProperty('password')
    await answerOfMain(window, 'tunnels.edit', {
      id,
      form: { ...(form as object), target: 'http://127.0.0.1:1' },
    })
    await card.getByText('The service at 127.0.0.1:1').waitFor()
    await card.getByText('Connected').waitFor()
    expect(fileNow()).toMatch(
      /^\/\/ first\n\/~~home=#http:\/\/127\.0\.0\.1:\d+ => http:\/\/127\.0\.0\.1:1;\nnonsense stays\n$/,
    )
  })

  it('gives another password to a tunnel whose own was refused', async () => {
    const { window, fileNow, id } = await scene('/~~home=wrong#http://127.0.0.1:PORT;\n')
    const card = window.getByRole('article', { name: 'home' })
    await card.getByText('Needs your attention').waitFor()
    await answerOfMain(window, 'tunnels.setPassword', { id, password: 'the tunnel’s own' })
    await card.getByText('Connected').waitFor()
    expect(fileNow()).toMatch(/^\/~~home=#/)
  })

  it('removes an entry and its secret, and leaves what another program wrote meanwhile for a restart', async () => {
    const { window, fileNow, form, id, app } = await scene()
    await answerOfMain(window, 'tunnels.share', form)
    await window.getByRole('article', { name: 'home' }).getByText('Connected').waitFor()
    writeFileSync(
      join(app.folder, 'backbalance.bin'),
      `${fileNow()}/~~other=pw2#http://127.0.0.1:${form.gateway.port};\n`,
    )
    await window.getByText('The file changed.').waitFor()
    await answerOfMain(window, 'tunnels.remove', { id })
    await window.getByText('Nothing is shared yet').waitFor()
    expect(parseBackbalance(fileNow(), 'f').entries.map(({ name }) => name)).toEqual(['other'])
    expect(await window.getByText('The file changed.').isVisible()).toBe(true)
    expect(await answerOfMain(window, 'secrets.list')).toEqual([])
  })

  it('takes the secrets along to another name, and leaves none behind', async () => {
    const { window, form, id, gateway } = await scene('', '/~~home=one#:*;\n/~~other=one#:*;\n')
    const visitors = { password: 'of the visitors' }
    await answerOfMain(window, 'tunnels.share', { ...form, password: 'one', visitors })
    await window.getByRole('article', { name: 'home' }).getByText('Connected').waitFor()
    const shown = await answerOfMain(window, 'tunnels.form', { id })
    const next = await answerOfMain(window, 'tunnels.edit', {
      id,
      form: { ...(shown as object), name: 'other' },
    })
    expect(next).toBe(`other@127.0.0.1:${gateway.port}`)
    await window.getByRole('article', { name: 'other' }).getByText('Connected').waitFor()
    const kept = { isKept: true, isNeeded: true }
    const account = { name: 'other', gateway: `127.0.0.1:${gateway.port}` }
    expect(await answerOfMain(window, 'secrets.list')).toEqual([
      { account: { kind: 'tunnel', ...account }, ...kept },
      { account: { kind: 'visitors', ...account }, ...kept },
    ])
  })

  it('keeps everything as it was where the file cannot be written', async () => {
    const { window, form, fileNow, id, app, gateway } = await scene()
    await answerOfMain(window, 'tunnels.share', form)
    const card = window.getByRole('article', { name: 'home' })
    await card.getByText('Connected').waitFor()
    const before = fileNow()
    const backup = join(app.folder, 'backbalance.bin.bak')
    rmSync(backup)
    mkdirSync(backup)
    const shown = await answerOfMain(window, 'tunnels.form', { id })
    const renamed = { ...(shown as object), name: 'other', title: 'Another' }
    expect(await askMain(window, 'tunnels.edit', { id, form: renamed })).toMatchObject({
      failure: { code: 'file-not-written' },
    })
    expect(fileNow()).toBe(before)
    expect(await card.getByText('A site at 127.0.0.1').count()).toBe(1)
    const account = { kind: 'tunnel', name: 'home', gateway: `127.0.0.1:${gateway.port}` }
    expect(await answerOfMain(window, 'secrets.list')).toEqual([{ account, isKept: true, isNeeded: true }])
    await answerOfMain(window, 'tunnels.turn', { id, isOn: false })
    await answerOfMain(window, 'tunnels.turn', { id, isOn: true })
    await card.getByText('Connected').waitFor()
  })

  it('moves the passwords of the file to the keyring, and the tunnel goes on', async () => {
    const { window, fileNow, gateway } = await scene('/~~home=the tunnel’s own#http://127.0.0.1:PORT;\n')
    await window.getByText('Connected').waitFor()
    const account = { kind: 'tunnel', name: 'home', gateway: `127.0.0.1:${gateway.port}` }
    expect(await answerOfMain(window, 'file.movePasswords')).toEqual([account])
    expect(fileNow()).not.toContain('own')
    await window.getByText('Connected').waitFor()
    expect(await answerOfMain(window, 'secrets.list')).toEqual([{ account, isKept: true, isNeeded: true }])
    expect(await answerOfMain(window, 'secrets.state')).toEqual({ kind: 'keychain', isUsable: true })
  })

  it('tests a form station by station, and stores nothing', async () => {
    const { window, form, fileNow } = await scene()
    const progress = await testInPage(window, {
      of: 'form',
      form: { ...form, password: 'wrong' },
    })
    const last = progress.at(-1)?.event
    expect(last).toMatchObject({ kind: 'finished', report: { ok: false } })
    const failed =
      last?.kind === 'finished' ? last.report.stations.find(({ state }) => state === 'failed') : undefined
    expect(failed).toMatchObject({ kind: 'handshake', code: 'password-refused' })
    expect(fileNow()).toBe('')
    expect(await answerOfMain(window, 'secrets.list')).toEqual([])
  })

  it('says why the keyring cannot be used', async () => {
    const app = await launchApp()
    const window = await app.window()
    await window.getByRole('navigation').waitFor()
    const state = await answerOfMain(window, 'secrets.state')
    expect(state).toMatchObject({
      kind: 'keychain',
      isUsable: false,
      failure: { code: expect.stringMatching(/^keychain-/) },
    })
  })
})
