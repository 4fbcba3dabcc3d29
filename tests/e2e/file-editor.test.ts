/** The editor of backbalance.bin in the settings: diagnostics as one types, one click mends, no password in the window. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, type LaunchedApp, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { runGateway } from '../support/running-gateway.ts'

async function openEditor(app: LaunchedApp) {
  const window = await app.window()
  await window.getByRole('button', { name: 'Settings' }).click()
  await window.getByRole('radiogroup').getByText('File').click()
  const editor = window.getByRole('textbox', { name: 'The text of backbalance.bin' })
  await editor.waitFor()
  return { window, editor }
}

describe.skipIf(!isAppThere)(`the editor ${appNeeds}`, () => {
  it('shows an error at its place, mends it by one click, and what it saves runs after a restart of the agent', {
    timeout: windowTestMs,
  }, async () => {
    const { port } = await runGateway({ balance: '/~~good=hush-hush#:*;\n/~~new=other-word#:*;\n' })
    const good = `# mine\r\n/~~good=hush-hush#http://127.0.0.1:${port};\r\n`
    const app = await launchApp({
      files: { 'backbalance.bin': `${good}/~~new=other-word#http://127.0.0.1:${port} -> 127.0.0.1;\r\n` },
    })
    const { window, editor } = await openEditor(app)
    const problems = window.getByRole('list', { name: 'What is wrong in the file' })
    await problems.getByText('Line 3: The proxy has no port.').waitFor()
    await window.getByText('1 error; the other tunnels run').waitFor()
    const shown = await window.content()
    expect(shown).not.toContain('hush-hush')
    expect(shown).not.toContain('other-word')
    await problems.getByRole('button', { name: 'Fix' }).click()
    await window.getByText('No errors').waitFor()
    expect(await editor.innerText()).toContain('-> 127.0.0.1:808')
    await editor.press('ControlOrMeta+End')
    for (let i = 0; i < ' -> 127.0.0.1:808;'.length + 1; i++) await editor.press('Backspace')
    await editor.pressSequentially(';')
    await window.getByText('No errors').waitFor()
    await window.getByRole('button', { name: 'Save' }).click()
    await window.getByText('The file changed.').waitFor()
    expect(readFileSync(join(app.folder, 'backbalance.bin'), 'utf8')).toBe(
      `${good}/~~new=other-word#http://127.0.0.1:${port};`,
    )
    await window.getByRole('button', { name: 'Restart agent' }).click()
    await window.getByRole('button', { name: 'Shared', exact: true }).click()
    await window.getByRole('article', { name: 'new' }).getByText('Connected').waitFor()
    expect(app.pageErrors).toEqual([])
  })

  it('does not write over what another program has written meanwhile', {
    timeout: windowTestMs,
  }, async () => {
    const app = await launchApp({ files: { 'backbalance.bin': '# one\n' } })
    const { window, editor } = await openEditor(app)
    await editor.press('ControlOrMeta+End')
    await editor.pressSequentially('# two')
    writeFileSync(join(app.folder, 'backbalance.bin'), '# three\n')
    await window.getByText('Another program has changed the file').waitFor()
    await window.getByRole('button', { name: 'Save' }).click()
    await window.getByRole('alert').getByText('backbalance.bin').waitFor()
    expect(readFileSync(join(app.folder, 'backbalance.bin'), 'utf8')).toBe('# three\n')
    await window.getByRole('button', { name: 'Show the new text' }).click()
    await window.getByText('# three').waitFor()
  })
})
