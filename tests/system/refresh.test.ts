/** balance.bin changes under the running gateway, as editors and scripts write it. */
import { renameSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { startAgent, startProgram, startSiteProgram, stopAll } from '../support/programs.ts'

afterEach(stopAll)

const first = '/~~one=pw1#:*;\n'
const second = `${first}/~~two=pw2#:*;\n`

async function startScene() {
  const folder = temporaryFolder({ 'balance.bin': first })
  const file = join(folder, 'balance.bin')
  const gateway = startProgram([
    'gateway',
    '--listen',
    '127.0.0.1:0',
    '--admin',
    '127.0.0.1:0',
    '--balance',
    file,
    '--log-format',
    'json',
  ])
  const [, url = ''] = await gateway.line(/^gateway ready (\S+)$/)
  const [, admin = ''] = await gateway.line(/^admin ready (\S+)$/)
  const site = await startSiteProgram('home')
  const entry = (name: string, password: string) =>
    `/~~${name}=${password}#${new URL(url).host} => ${site.url};`
  const one = await startAgent(['--line', entry('one', 'pw1')])
  return {
    file,
    gateway,
    url,
    /** Takes as many seconds as the agent needs to be let in. */
    two: () => startAgent(['--line', entry('two', 'pw2')]),
    isOneUndisturbed: async () => {
      expect(await (await fetch(`${url}/~~one/`)).text()).toBe('hello from home')
      expect(one.program.stdout).toHaveLength(1)
      expect(gateway.stderr.filter(line => line.includes('a tunnel is disconnected'))).toEqual([])
    },
    metric: async (name: string) => {
      const text = await (await fetch(`${admin}/metrics`)).text()
      return Number(
        text
          .split('\n')
          .find(line => line.startsWith(`${name} `))
          ?.split(' ')[1],
      )
    },
  }
}

/** In pieces, with a pause after each that is longer than a turn of the file watch. */
async function writePiecewise(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w')
  for (const piece of text.match(/[\s\S]{1,5}/g) ?? []) {
    await handle.write(piece)
    await handle.sync()
  }
  await handle.close()
}

describe('a change of balance.bin', () => {
  it.each<[string, (file: string) => Promise<void> | void]>([
    ['is written over', file => writeFileSync(file, second)],
    [
      'is renamed into its place',
      file => {
        writeFileSync(`${file}.new`, second)
        renameSync(`${file}.new`, file)
      },
    ],
    ['is written in pieces, after the file was emptied', file => writePiecewise(file, second)],
  ])(
    'that %s is taken up, and the session that is there does not notice',
    { timeout: 60_000 },
    async (_, write) => {
      const { file, gateway, two, isOneUndisturbed, metric } = await startScene()
      await write(file)
      await gateway.logged(/new settings are in force/)
      await two()
      await isOneUndisturbed()
      // Nothing was taken from a half-written file.
      expect(await metric('tildegate_balance_refreshes_total{result="taken"}')).toBe(2)
      expect(await metric('tildegate_balance_errors')).toBe(0)
      expect(gateway.stderr.join('\n')).not.toMatch(/"level":50/)
    },
  )

  it('with errors changes nothing: they are logged with line and column and counted, until SIGHUP finds it mended', {
    timeout: 60_000,
  }, async () => {
    const { file, gateway, two, isOneUndisturbed, metric } = await startScene()
    writeFileSync(file, '/~~two=pw2#:51.254.22.85;\n/~~three=#:*;\n')
    await gateway.logged(/last good settings stay in force/)
    await gateway.logged(/balance\.bin:1:\d+ error .*write \/~~two=••••••#:\*51\.254\.22\.85;/)
    await gateway.logged(/balance\.bin:2:\d+ error/)
    expect(gateway.stderr.join('\n')).not.toMatch(/pw2|pw1/)
    expect(await metric('tildegate_balance_errors')).toBe(2)
    expect(await metric('tildegate_balance_refreshes_total{result="errors"}')).toBe(1)
    await isOneUndisturbed()

    writeFileSync(file, second)
    gateway.signal('SIGHUP')
    await gateway.logged(/new settings are in force/)
    expect(await metric('tildegate_balance_errors')).toBe(0)
    await two()
    await isOneUndisturbed()
    gateway.signal('SIGTERM')
    expect(await gateway.ended).toBe(0)
  })
})
