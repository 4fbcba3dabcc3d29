/** The unpacked Linux package, made by the real electron-builder around a stand-in for Electron's binary. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extractFile, listPackage } from '@electron/asar'
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const isLinux = process.platform === 'linux' && process.arch === 'x64'

describe.skipIf(!isLinux)('the unpacked Linux package [needs Linux on x64]', () => {
  const output = mkdtempSync(join(tmpdir(), 'tildegate-package-'))
  const folder = join(output, 'linux-unpacked')
  const asar = join(folder, 'resources/app.asar')
  let files: readonly string[] = []

  beforeAll(() => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/package-layout.mjs', output], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`electron-builder failed:\n${stdout}\n${stderr}`)
    files = listPackage(asar, { isPack: false })
  }, 120_000)
  afterAll(() => {
    rmSync(output, { recursive: true, force: true })
  })

  it.each([
    '/package.json',
    '/dist/app/main/main.cjs',
    '/dist/app/main/engine.cjs',
    '/dist/app/main/assets/welcome.html',
    '/dist/app/preload/preload.cjs',
    '/dist/app/renderer/index.html',
    '/build/tray/attentionTemplate@2x.png',
    '/node_modules/electron-updater/package.json',
    '/node_modules/keytar/package.json',
  ])('holds %s', file => {
    expect(files).toContain(file)
  })

  it('starts what package.json names', () => {
    const { main } = JSON.parse(extractFile(asar, 'package.json').toString()) as { main: string }
    expect(files).toContain(`/${main}`)
  })

  it.each([/\.map$/, /\.ts$/, /^\/(?:tests|gateway|cli|bench|docs|scripts)\//, /\.env$|balance\.bin/])(
    'holds nothing like %s of ours',
    pattern => {
      expect(files.filter(file => pattern.test(file) && !file.startsWith('/node_modules/'))).toEqual([])
    },
  )

  it('has the keychain’s native module of this system alone, outside of the archive', () => {
    const prebuilds = join(folder, 'resources/app.asar.unpacked/node_modules/keytar/prebuilds')
    expect(readdirSync(prebuilds)).toEqual(['linux-x64'])
    expect(readdirSync(join(prebuilds, 'linux-x64')).some(file => file.endsWith('.node'))).toBe(true)
  })

  it('has Chromium’s words in the three languages of the app alone', () => {
    expect(readdirSync(join(folder, 'locales')).toSorted()).toEqual(['de.pak', 'en-US.pak', 'fr.pak'])
  })

  it('has its fuses set', async () => {
    const fuses = await getCurrentFuseWire(join(folder, 'tildegate'))
    expect(fuses).toMatchObject({
      [FuseV1Options.RunAsNode]: FuseState.DISABLE,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: FuseState.DISABLE,
      [FuseV1Options.EnableNodeCliInspectArguments]: FuseState.DISABLE,
      [FuseV1Options.EnableCookieEncryption]: FuseState.ENABLE,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: FuseState.ENABLE,
      [FuseV1Options.OnlyLoadAppFromAsar]: FuseState.ENABLE,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: FuseState.DISABLE,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: FuseState.DISABLE,
    })
  })

  it('is small: the archive is under 40 MB', () => {
    expect(existsSync(asar)).toBe(true)
    expect(readFileSync(asar).length).toBeLessThan(40_000_000)
  })
})
