/** Passwords typed at a real terminal: never shown, and never stored by accident. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/files.ts'
import { stopAll } from '../support/programs.ts'
import { atTerminal, hasTerminal, howToGetTerminal, tildegateAtTerminal } from '../support/terminal.ts'
import { bare, gatewayOf, home, run } from './secrets-scene.ts'

afterEach(stopAll)

describe.skipIf(!hasTerminal)(`at a terminal ${howToGetTerminal}`, { timeout: 60_000 }, () => {
  const set = ['secret', 'set', '--secret-store', 'file']
  const environment = () => ({ ...process.env, ...bare() })

  it('what is typed to a program that does not hide it is shown, so this test would see it', async () => {
    const terminal = atTerminal(['cat'], environment())
    terminal.type('SECRETtyped\r')
    await terminal.until(/SECRETtyped/)
  })

  it('a password is typed without being shown, and corrected with backspace and Ctrl-U', {
    timeout: 60_000,
  }, async () => {
    const env = environment()
    const { host } = await gatewayOf('SECRETpäss wörd 🔑')
    const terminal = tildegateAtTerminal([...set, '--tunnel', `homePC@${host}`], env)
    await terminal.until(/Password of tunnel homePC@[\d.:]+ \(not shown\): /)
    terminal.type('SECRETwrong\u0015SECRETpässX\u007f wörd 🔑\r')
    await terminal.until(/Stored in the file store/)
    expect(await terminal.ended).toBe(0)
    expect(terminal.shown).not.toMatch(/SECRET|wörd|\*/)
    const test = ['test', '--line', `/~~homePC=#${host};`, '--secret-store', 'file']
    expect((await run(test, { env })).status).toBe(0)
  })

  it('all that a file leaves out is asked for, one after another, and then nothing more', async () => {
    const env = environment()
    const text = '/~~a=#gw.example:443 -> dom\\u@10.0.0.1:80;\n/~~b=#gw.example:443 -> dom\\u@10.0.0.1:80;\n'
    const file = join(temporaryFolder({ 'backbalance.bin': text }), 'backbalance.bin')
    const terminal = tildegateAtTerminal([...set, '--file', file], env)
    for (const whose of ['tunnel a@', 'proxy dom\\\\u@', 'tunnel b@']) {
      await terminal.until(new RegExp(`Password of ${whose}`))
      terminal.type('SECRETpw\r')
      await terminal.until(new RegExp(`Stored in the file store: ${whose}`))
    }
    expect(await terminal.ended).toBe(0)
    expect(terminal.shown).not.toContain('SECRET')
    const again = tildegateAtTerminal([...set, '--file', file], env)
    await again.until(/All that .* needs is in the file store already/)
    expect(await again.ended).toBe(0)
  })

  it.each([
    ['Ctrl-C', '\u0003', 130],
    ['Ctrl-D', '\u0004', 1],
    ['Return alone', '\r', 1],
  ])('%s stores nothing', async (_, key, status) => {
    const env = environment()
    const terminal = tildegateAtTerminal([...set, ...home], env)
    await terminal.until(/not shown/)
    terminal.type(key)
    await terminal.until(/Nothing was stored/)
    expect(await terminal.ended).toBe(status)
    expect(await run(['secret', 'list', '--secret-store', 'file'], { env })).toMatchObject({ stdout: '' })
  })
})
