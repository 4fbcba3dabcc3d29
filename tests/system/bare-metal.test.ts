/** docs/operations/bare-metal.md, command by command, on a computer with a systemd and nothing of ours: from nothing to a visitor. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeFolder, removeFolder } from '../support/files.ts'
import { freePort } from '../support/other-programs.ts'
import { blocksOf, fillIn } from '../support/recipe.ts'
import { boxOnThisComputer, SystemdBox } from '../support/systemd-box.ts'

const { isThere, howToGetIt } = await boxOnThisComputer()
const packaging = fileURLToPath(new URL('../../scripts/package-gateway.mjs', import.meta.url))

describe.skipIf(!isThere)(`the recipe of docs/operations/bare-metal.md ${howToGetIt}`, () => {
  it('leads from the executable to a visitor', { timeout: 300_000 }, async () => {
    const folder = makeFolder()
    const made = spawnSync(process.execPath, [packaging, folder], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(made.stderr)
    chmodSync(folder, 0o755)
    const box = await SystemdBox.boot(folder)
    onTestFinished(async () => {
      await box.end()
      removeFolder(folder)
    })
    const port = await freePort()
    const [install = '', register = '', agent = '', ...others] = blocksOf('bare-metal.md')
    expect(others).toEqual([])
    // There is no sudo in the box, where all is done by root.
    const asRoot = (block: string, places: readonly (readonly [string, string])[] = []) =>
      box.must('sh', '-ec', `cd /root\n${fillIn(block, [['sudo ', ''], ...places])}`)

    asRoot(install, [
      ['dist/single/tildegate', '/box/tildegate'],
      ['0.0.0.0:443', `127.0.0.1:${port}`],
      ['https://gateway.example', `https://127.0.0.1:${port}`],
    ])
    expect(box.must('systemctl', 'is-active', 'tildegate-gateway')).toBe('active')

    const line = asRoot(register)
    expect(line).toMatch(/^\/~~homePC=[\w+/]{32}#:\*;$/)
    expect(box.must('stat', '-c', '%U:%G %a', '/etc/tildegate/balance.bin')).toBe('root:tildegate 640')
    await expect.poll(() => box.journal()).toContain('new settings are in force')

    const password = line.slice('/~~homePC='.length, -'#:*;'.length)
    box.must('sh', '-c', `echo '/~~homePC=${password}#127.0.0.1:${port};' > /root/backbalance.bin`)
    asRoot(agent)
    const visit = async () => {
      const asked = get(`https://127.0.0.1:${port}/~~homePC/`, { rejectUnauthorized: false, agent: false })
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      answer.resume()
      return answer.statusCode
    }
    await expect.poll(visit, { timeout: 60_000 }).toBe(200)
    expect(box.must('stat', '-c', '%U:%G %a', '/etc/tildegate/backbalance.bin')).toMatch(/^root:\w+ 600$/)
  })
})
