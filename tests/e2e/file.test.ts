/** backbalance.bin and the app: changed outside, broken, taken up. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { runGateway } from '../support/running-gateway.ts'

describe.skipIf(!isAppThere)(`the file ${appNeeds}`, () => {
  it('that was changed outside is told, and taken up when the user says so', {
    timeout: windowTestMs,
  }, async () => {
    const { port } = await runGateway({ balance: '/~~one=pw#:*;\n/~~two=pw#:*;\n' })
    const line = (name: string) => `/~~${name}=pw#http://127.0.0.1:${port};\n`
    const app = await launchApp({ files: { 'backbalance.bin': line('one') } })
    const window = await app.window()
    await window.getByRole('article', { name: 'one' }).getByText('Connected').waitFor()
    writeFileSync(join(app.folder, 'backbalance.bin'), `# by hand\r\n${line('one')}${line('two')}`)
    await window.getByText('The file changed.').waitFor()
    expect(await window.getByRole('article').count()).toBe(1)
    await window.getByRole('button', { name: 'Restart agent' }).click()
    await window.getByRole('article', { name: 'two' }).getByText('Connected').waitFor()
    await window.getByText('The file changed.').waitFor({ state: 'detached' })
    expect(readFileSync(join(app.folder, 'backbalance.bin'), 'utf8')).toMatch(/^# by hand\r\n/)
  })

  it('with an error in one line runs the others', { timeout: windowTestMs }, async () => {
    const { port } = await runGateway({ balance: '/~~good=pw#:*;\n' })
    const app = await launchApp({
      files: { 'backbalance.bin': `/~~bad=pw#gw.example;\nnonsense\n/~~good=pw#http://127.0.0.1:${port};\n` },
    })
    const window = await app.window()
    await window.getByRole('article', { name: 'good' }).getByText('Connected').waitFor()
    expect(await window.getByRole('article').count()).toBe(1)
  })

  it('that is missing is made, and the window says what to do', { timeout: windowTestMs }, async () => {
    const app = await launchApp()
    const window = await app.window()
    await window.getByText('Nothing is shared yet').waitFor()
    expect(readFileSync(join(app.folder, 'backbalance.bin'), 'utf8')).toMatch(/^# /)
  })
})
