/** What `tildegate service` writes for launchd and Windows, read back by parsers, with paths that try to break out; and words for systemd. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DOMParser } from '@xmldom/xmldom'
import plist from 'plist'
import { afterAll, describe, expect, it } from 'vitest'
import { hardening } from '../../../cli/service/hardening.ts'
import { launchdPlan } from '../../../cli/service/launchd.ts'
import { ownMark, type ServiceRequest } from '../../../cli/service/plan.ts'
import { requireReadableProgram } from '../../../cli/service/request.ts'
import { quoted, systemdPlan } from '../../../cli/service/systemd.ts'
import { windowsQuoted, windowsTaskPlan } from '../../../cli/service/windows-task.ts'
import { xmlText } from '../../../cli/service/xml.ts'
import { makeFolder, removeFolder } from '../../support/files.ts'

const hostile = [
  'a b',
  `quo"te's`,
  'R&D <x>]]></string>',
  '--><key>Program</key>',
  '50% $HOME `id` $(id)',
  'back\\slash\\',
  'tab\tline\nfeed\rreturn',
  'Grüße 🔑',
  '',
]

const request: ServiceRequest = {
  name: 'gateway',
  scope: 'system',
  program: ['/opt/R&D <tools>/tildegate'],
  options: hostile,
  entryFiles: [],
  folder: '/srv/A & B',
  home: '/Users/ada',
  uid: 501,
  user: 'ada',
}

const contentOf = (content: string | Buffer = '') => content.toString()

describe('the property list for launchd', () => {
  it('gives every word back as it was', () => {
    const plan = launchdPlan(request)
    expect(plan.files.map(({ path }) => path)).toEqual(['/Library/LaunchDaemons/net.tildegate.gateway.plist'])
    const text = contentOf(plan.files[0]?.content)
    expect(text).toContain(ownMark)
    expect(plist.parse(text)).toEqual({
      Label: 'net.tildegate.gateway',
      ProgramArguments: ['/opt/R&D <tools>/tildegate', 'gateway', ...hostile],
      WorkingDirectory: '/srv/A & B',
      UserName: 'ada',
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 10,
      ExitTimeOut: 40,
      Umask: 0o77,
      SoftResourceLimits: { NumberOfFiles: 65536, Core: 0 },
      StandardErrorPath: '/Library/Logs/tildegate-gateway.log',
    })
  })

  it('is the user’s own where it is to be', () => {
    const plan = launchdPlan({
      ...request,
      name: 'agent',
      scope: 'user',
      entryFiles: ['backbalance.bin'],
      options: [],
    })
    expect(plan.files[0]?.path).toBe('/Users/ada/Library/LaunchAgents/net.tildegate.agent.plist')
    const { ProgramArguments, UserName } = plist.parse(contentOf(plan.files[0]?.content)) as Record<
      string,
      unknown
    >
    expect(ProgramArguments).toEqual([...request.program, 'agent', '--file', '/srv/A & B/backbalance.bin'])
    expect(UserName).toBeUndefined()
    expect(plan.install.at(-1)).toEqual(['launchctl', 'bootstrap', 'gui/501', plan.files[0]?.path])
  })
})

/** As CommandLineToArgvW does it (Microsoft, "Parsing C command-line arguments"), written from that text. */
function parseWindows(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let isQuoted = false
  for (let i = 0; i < line.length; i++) {
    const slashes = /^\\*/.exec(line.slice(i))?.[0].length ?? 0
    const isBeforeQuote = line[i + slashes] === '"'
    if (slashes > 0) {
      word = (word ?? '') + '\\'.repeat(isBeforeQuote ? Math.floor(slashes / 2) : slashes)
      i += slashes - 1
      if (isBeforeQuote && slashes % 2 === 1) {
        word += '"'
        i++
      }
    } else if (line[i] === '"') {
      isQuoted = !isQuoted
      word ??= ''
    } else if (/[ \t]/.test(line[i] ?? '') && !isQuoted) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + line[i]
  }
  return word === undefined ? words : [...words, word]
}

describe('the task for Windows', () => {
  const windows: ServiceRequest = {
    ...request,
    program: ['C:\\Program Files\\R&D\\tildegate.exe'],
    folder: 'C:\\Data & more\\',
    home: 'C:\\Users\\Ada <L>',
    user: 'PC\\Ada <L>',
  }
  const read = (bytes: string | Buffer | undefined) => {
    if (!Buffer.isBuffer(bytes)) throw new Error('no bytes')
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]))
    const document = new DOMParser().parseFromString(bytes.subarray(2).toString('utf16le'), 'text/xml')
    const of = (name: string) => document.getElementsByTagName(name)[0]?.textContent ?? undefined
    return { of, text: bytes.toString('utf16le') }
  }

  it('gives every word back as it was', () => {
    const plan = windowsTaskPlan(windows, 'C:\\ProgramData')
    expect(plan.files[0]?.path).toBe('C:\\ProgramData\\tildegate\\gateway-task.xml')
    const { of, text } = read(plan.files[0]?.content)
    expect(text).toContain(ownMark)
    expect(of('Command')).toBe(windows.program[0])
    expect(parseWindows(of('Arguments') ?? '')).toEqual(['gateway', ...hostile])
    expect(of('WorkingDirectory')).toBe(windows.folder)
    expect(of('UserId')).toBe('S-1-5-19')
    expect(of('ExecutionTimeLimit')).toBe('PT0S')
    expect(text).toContain('<BootTrigger>')
  })

  it('is the user’s own where it is to be', () => {
    const plan = windowsTaskPlan({ ...windows, scope: 'user', name: 'agent' }, 'C:\\ProgramData')
    const { of, text } = read(plan.files[0]?.content)
    expect(of('UserId')).toBe('PC\\Ada <L>')
    expect(text).toContain('<LogonTrigger>')
    expect(plan.install[0]?.[3]).toBe('\\Tildegate\\agent of PC_Ada _L_')
  })

  it.each([...hostile, 'a\\\\"b', '\\"', 'ends\\\\', '"', '\\'])(
    'writes the word %j so that it is read as one',
    word => {
      expect(parseWindows(windowsQuoted(word))).toEqual([word])
    },
  )
})

describe('text in XML', () => {
  it.each(['\0', '\u0007', '\ufffe', '\ud800'])('does not hold %j', sign => {
    expect(() => xmlText(`a${sign}b`)).toThrow(RangeError)
  })
})

describe('words for systemd', () => {
  it.each([
    ['/usr/bin/tildegate', '/usr/bin/tildegate'],
    ['a b', '"a b"'],
    ['50%', '50%%'],
    ['$HOME', '"$$HOME"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ["it's", `"it's"`],
    [';', '";"'],
    ['two\nlines', '"two\\nlines"'],
    ['', '""'],
  ])('%j is written as %s', (word, written) => {
    expect(quoted(word)).toBe(written)
  })

  it('hold no line of their own', () => {
    const [, unit] = systemdPlan({ ...request, folder: '/etc/tildegate' }).files
    const lines = contentOf(unit?.content).split('\n')
    expect(lines.filter(line => line.startsWith('ExecStart='))).toHaveLength(1)
    expect(lines).not.toContain('feed')
  })
})

describe('the confinement', () => {
  it('gives the gateway one capability, and only where it opens its ports itself', () => {
    const confined = (bindsPorts: boolean) => hardening({ scope: 'system', bindsPorts, isInHome: false })
    expect(confined(true)).toContain('CapabilityBoundingSet=CAP_NET_BIND_SERVICE')
    expect(confined(false)).toContain('CapabilityBoundingSet=')
  })
})

describe.skipIf(process.platform !== 'linux')('a program that a service of the system is to start', () => {
  const folder = makeFolder({ 'tildegate.js': '' })
  afterAll(() => removeFolder(folder))
  const file = join(folder, 'tildegate.js')
  const isAccepted = (scope: ServiceRequest['scope']) => () =>
    requireReadableProgram({ ...request, scope, program: [process.execPath, file] })

  it.each([
    ['in a folder of its owner alone', 0o700, 0o755, folder],
    ['that its owner alone may read', 0o755, 0o700, file],
  ])('%s is refused before anything is written', (_, folderMode, fileMode, hidden) => {
    chmodSync(folder, folderMode)
    chmodSync(file, fileMode)
    expect(isAccepted('system')).toThrow(
      expect.objectContaining({ code: 'service-program-hidden', details: { file: hidden } }),
    )
    expect(isAccepted('user')).not.toThrow()
  })

  it('that everybody may read is taken', () => {
    chmodSync(folder, 0o755)
    chmodSync(file, 0o644)
    expect(isAccepted('system')).not.toThrow()
  })
})
