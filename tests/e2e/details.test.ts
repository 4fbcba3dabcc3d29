/** The details of a tunnel: its way out, the connection test, a report for whoever is asked for help. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { runGateway } from '../support/running-gateway.ts'

const needs = ` ${appNeeds}`

describe.skipIf(!isAppThere)(`the details of a tunnel ${needs}`, () => {
  it('show its way, test it without disturbing it, and save a report without a password', {
    timeout: windowTestMs,
  }, async () => {
    const { port } = await runGateway({ balance: '/~~home=hush-hush#:*;\n' })
    const app = await launchApp({
      files: { 'backbalance.bin': `/~~home=hush-hush#http://127.0.0.1:${port};\n` },
    })
    const window = await app.window()
    await window.getByRole('article', { name: 'home' }).getByText('Connected').waitFor()
    await window.getByRole('button', { name: 'Details of home' }).click()
    const way = window.getByRole('article', { name: 'The way out' })
    const stops = way.getByRole('listitem')
    await way.getByText(`127.0.0.1:${port}`).waitFor()
    expect(await stops.allInnerTexts()).toHaveLength(3)
    await way.getByText('The line itself is not encrypted.').waitFor()
    await way.getByRole('button', { name: 'Test connection' }).click()
    await way.getByText('All stations are fine.').waitFor()
    await way.getByRole('list', { name: 'The tested way' }).getByText('Name and password').waitFor()
    await window.getByRole('status').getByText('Connected').waitFor()
    const file = join(app.folder, 'report.txt')
    await app.savesTo(file)
    await window.getByRole('button', { name: 'Save report' }).click()
    await expect
      .poll(() => readFileSync(file, { encoding: 'utf8', flag: 'a+' }))
      .toContain(`/~~home 127.0.0.1:${port}`)
    expect(readFileSync(file, 'utf8')).not.toContain('hush-hush')
    expect(app.pageErrors).toEqual([])
  })

  it('name the station that fails, and what to do', { timeout: windowTestMs }, async () => {
    const { port } = await runGateway({ balance: '/~~home=right#:*;\n' })
    const app = await launchApp({
      files: { 'backbalance.bin': `/~~home=wrong#http://127.0.0.1:${port};\n` },
    })
    const window = await app.window()
    await window.getByRole('button', { name: 'Details of home' }).click()
    const way = window.getByRole('article', { name: 'The way out' })
    await way.getByRole('button', { name: 'Test connection' }).click()
    await way.getByRole('alert').getByText('The gateway did not accept the name or the password.').waitFor()
    const failed = way.getByRole('listitem').filter({ hasText: 'failed' })
    expect(await failed.allInnerTexts()).toEqual([expect.stringContaining('Name and password')])
  })

  it.each([
    [
      'de-DE',
      'Einzelheiten zu home',
      'Verbindung prüfen',
      /^Unter 127\.0\.0\.1:1 nimmt nichts Verbindungen an\./,
    ],
    ['fr-FR', 'Détails de home', 'Tester la connexion', /127\.0\.0\.1:1/],
  ] as const)('say it in the language of the system, %s', { timeout: windowTestMs }, async (...row) => {
    const [locale, details, test, words] = row
    const files = { 'backbalance.bin': '/~~home=pw#http://127.0.0.1:1;\n' }
    const app = await launchApp({ locale, files })
    const window = await app.window()
    await window.getByRole('button', { name: details }).click()
    await window.getByRole('button', { name: test }).click()
    const said = window.getByRole('alert').first()
    await said.waitFor()
    const text = await said.innerText()
    expect(text).toMatch(words)
    expect(text).not.toMatch(/\b(Nothing|Check|address|accepts)\b/)
  })
})
