/** What the packages are made from: electron-builder's settings, the icons, the workflows. Offline. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const json = (text: string): unknown => JSON.parse(text)

describe('electron-builder.yml', () => {
  const schema = json(
    readFileSync(createRequire(import.meta.url).resolve('app-builder-lib/scheme.json'), 'utf8'),
  )
  const validate = new Ajv({ allErrors: true, strict: false }).compile(schema as object)
  const settings = parse(read('electron-builder.yml')) as Record<string, unknown>

  it('fits the schema of the installed electron-builder', () => {
    validate(settings)
    expect(validate.errors).toBeNull()
  })

  it.each([
    ['a slip of the pen', { electronFuse: {} }],
    ['a fuse that there is none of', { electronFuses: { runAsNod: false } }],
    ['a target without a name', { linux: { target: [{ arch: ['x64'] }] } }],
  ])('would not with %s', (_, change) => {
    expect(validate({ ...settings, ...change })).toBe(false)
  })

  it('lets nobody make Node of the app, and runs only what the package holds', () => {
    expect(settings['electronFuses']).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
    })
  })

  it('installs the library of the keychain with the Linux packages', () => {
    expect(settings).toMatchObject({
      deb: { depends: expect.arrayContaining(['libsecret-1-0']) },
      rpm: { depends: expect.arrayContaining(['libsecret']) },
    })
  })
})

it('the icons show what build/icon.svg says', () => {
  const { status, stdout } = spawnSync(process.execPath, ['scripts/make-icons.mjs', '--check'], {
    encoding: 'utf8',
  })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})

describe('the workflows', () => {
  const { scripts } = json(read('package.json')) as { scripts: Record<string, string> }
  const files = readdirSync(new URL('../../.github/workflows', import.meta.url))

  it.each(files)('%s runs only scripts that there are, on actions of a fixed version', file => {
    const text = read(`.github/workflows/${file}`)
    for (const [, script = ''] of text.matchAll(/npm run (?:--silent )?([\w:]+)/g))
      expect(scripts).toHaveProperty([script])
    for (const [, action = ''] of text.matchAll(/uses: (\S+)/g)) expect(action).toMatch(/@v\d+$/)
    expect(parse(text)).toMatchObject({ permissions: { contents: 'read' } })
  })
})
