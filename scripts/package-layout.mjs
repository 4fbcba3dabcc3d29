// The unpacked Linux package as electron-builder makes it, where Electron's binary is not at hand: a stand-in file that carries Electron's fuse
// section takes its place, so that the fuses are flipped for real. Argument: the folder for the result.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [output = 'dist/packages'] = process.argv.slice(2)
const require = createRequire(import.meta.url)
const { version } = JSON.parse(readFileSync(require.resolve('electron/package.json'), 'utf8'))

const distribution = mkdtempSync(join(tmpdir(), 'tildegate-electron-'))
try {
  // https://github.com/electron/fuses: a sentinel, the version of the section, its length, a character for each fuse.
  const fuses = '1'.repeat(9)
  const section = Buffer.concat([
    Buffer.from('#!/bin/sh\necho "This is not Electron." >&2\nexit 1\n'),
    Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
    Buffer.from([1, fuses.length]),
    Buffer.from(fuses),
  ])
  writeFileSync(join(distribution, 'electron'), section)
  chmodSync(join(distribution, 'electron'), 0o755)
  writeFileSync(join(distribution, 'version'), version)
  mkdirSync(join(distribution, 'locales'))
  for (const language of ['en-US', 'de', 'fr', 'ja'])
    writeFileSync(join(distribution, 'locales', `${language}.pak`), '')
  const { status } = spawnSync(
    process.execPath,
    [
      require.resolve('electron-builder/cli.js'),
      ...['--linux', 'dir', '--x64', '--publish', 'never'],
      `-c.electronDist=${distribution}`,
      `-c.directories.output=${output}`,
    ],
    { stdio: 'inherit' },
  )
  process.exitCode = status ?? 1
} finally {
  rmSync(distribution, { recursive: true, force: true })
}
