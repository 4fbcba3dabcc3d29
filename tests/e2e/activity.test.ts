/** The list of what has happened. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { runGateway } from '../support/running-gateway.ts'

describe.skipIf(!isAppThere)(`the activity ${appNeeds}`, () => {
  it('tells what happened in words, by tunnel and kind, and saves it as text without a password', {
    timeout: windowTestMs,
  }, async () => {
    const { port } = await runGateway({ balance: '/~~good=hush-hush#:*;\n' })
    const line = (name: string, password: string) => `/~~${name}=${password}#http://127.0.0.1:${port};\n`
    const app = await launchApp({
      files: { 'backbalance.bin': line('good', 'hush-hush') + line('bad', 'not-the-word') },
    })
    const window = await app.window()
    await window.getByRole('article', { name: 'good' }).getByText('Connected').waitFor()
    await window.getByRole('article', { name: 'bad' }).getByText('Needs your attention').waitFor()
    await window.getByRole('button', { name: 'Activity' }).click()
    const events = window.getByRole('listitem')
    await events.filter({ hasText: 'good' }).getByText('Connected').waitFor()
    await events.getByText('The gateway did not accept the name or the password').waitFor()
    await window.getByRole('combobox', { name: 'Of which kind' }).click()
    await window.getByRole('option', { name: 'Problems' }).click()
    await events.filter({ hasText: 'good' }).waitFor({ state: 'detached' })
    const file = join(app.folder, 'saved.txt')
    await app.savesTo(file)
    await window.getByRole('button', { name: 'Save as text' }).click()
    await expect
      .poll(() => readFileSync(file, { encoding: 'utf8', flag: 'a+' }))
      .toMatch(/\tbad\tNeeds your attention/)
    expect(readFileSync(file, 'utf8')).not.toMatch(/hush-hush|not-the-word/)
    expect(await app.proposedNames()).toEqual(['tildegate-activity.txt'])
  })
})
