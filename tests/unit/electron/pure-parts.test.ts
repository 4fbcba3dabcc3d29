import { describe, expect, it } from 'vitest'
import { destinationOf, linkAmong } from '../../../electron/deep-link.ts'
import { restartDelayMs } from '../../../electron/restart-delay.ts'
import { languageOf, spokenIn } from '../../../electron/texts/texts.ts'
import { appMenu } from '../../../electron/window/app-menu-template.ts'
import { isOwnPage, mayOpenOutside, pathOf } from '../../../electron/window/url-policy.ts'
import { boundsOn, parseWindowState } from '../../../electron/window/window-state.ts'

describe('a deep link', () => {
  it('fills the dialog in', () => {
    const line = '/~~home=pw#gw.example:443;'
    expect(destinationOf(`tildegate://add?line=${encodeURIComponent(line)}`)).toEqual({ page: 'share', line })
    expect(destinationOf('tildegate://add')).toEqual({ page: 'share' })
  })

  it.each([
    'tildegate://remove?name=home',
    'tildegate://add.evil.example/?line=x',
    'https://add/?line=x',
    'javascript:alert(1)',
    `tildegate://add?line=${'x'.repeat(5_000)}`,
    'tildegate://add?line=a%0Ab',
    'tildegate://add?line=a%00b',
    'not a link',
  ])('that is none of ours does nothing: %s', link => {
    expect(destinationOf(link)).toBeUndefined()
  })

  it('is found among a command’s arguments', () => {
    expect(linkAmong(['app', '--hidden', 'tildegate://add'])).toBe('tildegate://add')
    expect(linkAmong(['app', 'https://tildegate://'])).toBeUndefined()
  })
})

describe('an address', () => {
  it.each(['app://tildegate/index.html', 'app://tildegate/'])('of ours is known: %s', url => {
    expect(isOwnPage(url)).toBe(true)
  })

  it.each([
    'https://tildegate/index.html',
    'app://evil/index.html',
    'app://tildegate.evil/',
    'app:///tildegate/',
    'file:///app://tildegate/',
    'about:blank',
    '',
  ])('of others is not: %s', url => {
    expect(isOwnPage(url)).toBe(false)
  })

  it('of a file is taken as it stands, or not at all', () => {
    expect(pathOf('app://tildegate/assets/index-a1_B.js')).toBe('/assets/index-a1_B.js')
    expect(pathOf('app://tildegate/a/../../../etc/passwd')).toBe('/etc/passwd')
  })

  it.each([
    'app://tildegate/%2e%2e/%2e%2e/etc/passwd%00',
    'app://tildegate/..%2f..%2fetc/passwd',
    'app://tildegate/..%5c..%5cwindows',
    'app://tildegate//etc/passwd',
    'app://tildegate/.env',
    'app://evil/index.html',
  ])('that could lead out of the folder names no file: %s', url => {
    expect(pathOf(url)).toBeUndefined()
  })

  it('is opened outside only if it is https and one that the app vouches for', () => {
    const own = ['https://gw.example/~~home/', 'http://gw.example/~~plain/']
    expect(mayOpenOutside('https://gw.example/~~home/', own)).toBe(true)
    for (const url of [
      'http://gw.example/~~plain/',
      'https://gw.example/~~home/x',
      'https://user:pw@gw.example/~~home/',
      'https://evil.example/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      '',
    ])
      expect(mayOpenOutside(url, own)).toBe(false)
  })
})

describe('the place of the window', () => {
  const screens = [{ x: 0, y: 0, width: 1920, height: 1040 }]
  const at = (x: number, y: number, width = 860, height = 650) => ({
    bounds: { x, y, width, height },
    isMaximized: false,
  })

  it('is taken as it was where it can be grasped', () => {
    expect(boundsOn(screens, at(100, 100))).toEqual({ x: 100, y: 100, width: 860, height: 650 })
    expect(boundsOn(screens, at(-700, 100))).toBeDefined()
  })

  it('is forgotten where its screen is gone, or where it is too small', () => {
    expect(boundsOn(screens, at(2500, 100))).toBeUndefined()
    expect(boundsOn(screens, at(100, 1030))).toBeUndefined()
    expect(boundsOn(screens, at(100, 100, 20, 20))).toBeUndefined()
  })

  it.each([
    '',
    '{"bounds":{"x":1',
    '[]',
    '{"bounds":{"x":"1","y":0,"width":9,"height":9},"isMaximized":false}',
  ])('is not read from a torn or foreign file: %s', text => {
    expect(parseWindowState(text)).toBeUndefined()
  })
})

describe('a fallen engine', () => {
  it('is started again at once, then ever later, up to half a minute', () => {
    expect([1, 2, 3, 8, 100].map(restartDelayMs.after)).toEqual([250, 500, 1000, 30_000, 30_000])
  })
})

describe('the language', () => {
  it('is the chosen one, else what the system speaks, else English', () => {
    expect(languageOf('fr', 'de-DE')).toBe('fr')
    expect(languageOf('system', 'de-AT')).toBe('de')
    expect(languageOf('system', 'pt-BR')).toBe('en')
  })
})

describe('the menu of the application on macOS', () => {
  it.each(['en', 'de', 'fr'] as const)('has a label of ours on each line in %s', language => {
    const lines = appMenu(spokenIn(language).texts).flatMap(({ submenu }) => (submenu as object[]) ?? [])
    const labels = lines.flatMap(line => ('type' in line ? [] : [(line as { label?: string }).label]))
    expect(labels).not.toContain(undefined)
    expect(new Set(labels).size).toBe(labels.length)
  })
})
