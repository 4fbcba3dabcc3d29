/** A file with passwords that others on the computer may read: used, with a warning. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { startAgent, startGateway, stopAll } from '../support/programs.ts'

const warning = /everybody on this computer may read this file/
const folderWith = (name: string, line: string, mode: number) => {
  const file = join(temporaryFolder({ [name]: line }), name)
  chmodSync(file, mode)
  return file
}

describe.skipIf(process.platform === 'win32')('a file with passwords', () => {
  afterEach(stopAll)

  it.each([
    ['everybody', 0o644, true],
    ['a group', 0o640, false],
    ['its owner alone', 0o600, false],
  ])('that may be read by %s', async (_, mode, isWarnedOf) => {
    const balance = folderWith('balance.bin', '/~~a=SECRETpw#:*;\n', mode)
    const gateway = await startGateway(['--listen', '127.0.0.1:0', '--balance', balance])
    const line = `/~~a=SECRETpw#${gateway.host};\n`
    const { program: agent } = await startAgent(['--file', folderWith('backbalance.bin', line, mode)])
    for (const program of [gateway.program, agent]) {
      expect(program.stderr.some(said => warning.test(said))).toBe(isWarnedOf)
      expect(program.stderr.join()).not.toContain('SECRET')
    }
  })

  it('is no such one where the password is not in it', async () => {
    const balance = folderWith('balance.bin', '/~~a=SECRETpw#:*;\n', 0o600)
    const gateway = await startGateway(['--listen', '127.0.0.1:0', '--balance', balance])
    const line = `/~~a=env:PW#${gateway.host};`
    const { program } = await startAgent(['--line', line], { env: { PW: 'SECRETpw' } })
    expect(program.stderr.join()).not.toMatch(warning)
  })
})
