/** Updates, by electron-updater itself, from a server that plays the place of the releases: channels, rollout in stages, a package that was changed. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isStandInThere, standInNeeds, windowTestMs } from '../support/app/launch-app.ts'
import { startApp } from '../support/electron-standin/start-app.ts'
import { temporaryFolder } from '../support/files.ts'

const canRun = isStandInThere && process.platform === 'linux' && process.arch === 'x64'

/** What the workflow uploads beside each package. */
function release(version: string, content: string, more = ''): string {
  const sha512 = createHash('sha512').update(content).digest('base64')
  const file = `url: Tildegate-${version}.AppImage\n    sha512: ${sha512}\n    size: ${content.length}`
  return `version: ${version}\nfiles:\n  - ${file}\npath: Tildegate-${version}.AppImage\nsha512: ${sha512}\n${more}`
}

async function serveReleases() {
  const files = new Map<string, string>()
  const asked: string[] = []
  const server = createServer((req, res) => {
    const name = new URL(req.url ?? '/', 'http://releases').pathname.slice(1)
    asked.push(name)
    const content = files.get(name)
    res.writeHead(content === undefined ? 404 : 200).end(content)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { files, asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

/** What the packaging leaves beside the app, and where an AppImage says that it is. */
function installed(url: string): { readonly image: string } {
  const folder = temporaryFolder({
    'app-update.yml': `provider: generic\nurl: ${url}\nupdaterCacheDirName: tildegate-updater\n`,
    'Tildegate.AppImage': '#!/bin/sh\n# the old one\n',
  })
  const image = join(folder, 'Tildegate.AppImage')
  const { env } = process
  const before = { APPIMAGE: env['APPIMAGE'], XDG_CACHE_HOME: env['XDG_CACHE_HOME'] }
  const own = process as { resourcesPath?: string }
  onTestFinished(() => {
    delete own.resourcesPath
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete env[name]
      else env[name] = value
  })
  own.resourcesPath = folder
  env['APPIMAGE'] = image
  env['XDG_CACHE_HOME'] = join(folder, 'cache')
  return { image }
}

describe.skipIf(!canRun)(`an update ${standInNeeds}`, { timeout: windowTestMs }, () => {
  it('comes by the channel that was chosen, to those whose turn it is, as it was published, and is put in place', async () => {
    const { files, asked, url } = await serveReleases()
    const { image } = installed(url)
    const app = await startApp({
      isPackaged: true,
      // The last to get a release that is rolled out in stages.
      files: { '.updaterId': '00000000-0000-5000-8000-0000ffffffff' },
    })
    const window = await app.window()
    await window.getByRole('button', { name: 'Settings' }).click()
    await window.getByRole('radiogroup').getByText('About').click()
    const look = window.getByRole('button', { name: 'Look now' })
    const timesAsked = (name: string) => asked.filter(one => one === name).length

    files.set('latest-linux.yml', release('1.0.0', 'stable', 'stagingPercentage: 50\n'))
    await look.click()
    await expect.poll(() => timesAsked('latest-linux.yml'), { timeout: 60_000 }).toBe(1)
    await window.getByText('This is the newest version.').waitFor()
    expect(asked).toEqual(['latest-linux.yml'])

    await window.getByRole('radiogroup').getByText('General').click()
    await window.getByRole('combobox', { name: 'Updates' }).click()
    await window.getByRole('option', { name: 'Also versions on trial' }).click()
    await window.getByRole('radiogroup').getByText('About').click()
    const next = '#!/bin/sh\n# the new one\n'
    files.set('beta-linux.yml', release('1.1.0-beta.1', next))
    files.set('Tildegate-1.1.0-beta.1.AppImage', next.replace('new', 'bad'))
    await look.click()
    await window.getByText('Whether there is a newer version could not be found out.').waitFor()
    expect(timesAsked('beta-linux.yml')).toBe(1)

    files.set('Tildegate-1.1.0-beta.1.AppImage', next)
    await look.click()
    await window.getByText('Version 1.1.0-beta.1 is ready.').waitFor()
    expect(readFileSync(image, 'utf8')).toContain('the old one')
    await window.getByRole('button', { name: 'Restart with it' }).click()
    expect(await app.machine.app.ended).toBe(0)
    await expect.poll(() => existsSync(image) && readFileSync(image, 'utf8'), { timeout: 60_000 }).toBe(next)
  })
})
