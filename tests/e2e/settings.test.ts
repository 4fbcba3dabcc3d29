/** The settings: as they were at first, where passwords are kept, what the app is made of. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { runGateway } from '../support/running-gateway.ts'

describe.skipIf(!isAppThere)(`the settings ${appNeeds}`, { timeout: windowTestMs }, () => {
  it('are as they were at first when the user says so, and passwords stay where they are', async () => {
    const changed = { language: 'de', theme: 'dark', notifies: false, logLevel: 'debug', secretStore: 'file' }
    const app = await launchApp({ files: { 'settings.json': JSON.stringify(changed) } })
    const window = await app.window()
    await window.getByRole('button', { name: 'Einstellungen', exact: true }).click()
    await window.getByRole('button', { name: 'Einstellungen zurücksetzen' }).click()
    await window
      .getByRole('dialog', { name: 'Die Einstellungen zurücksetzen?' })
      .getByRole('button', { name: 'Einstellungen zurücksetzen' })
      .click()
    await window.getByRole('heading', { name: 'Settings', exact: true }).waitFor()
    await window.locator('html[data-mantine-color-scheme="light"]').waitFor()
    expect(JSON.parse(readFileSync(join(app.folder, 'settings.json'), 'utf8'))).toEqual({
      ...{ language: 'system', theme: 'system', startsAtLogin: false, notifies: true },
      ...{ updateChannel: 'latest', logLevel: 'info', secretStore: 'file' },
    })
    expect(app.pageErrors).toEqual([])
  })

  it('let passwords be kept in a sealed file where there is no keychain', async () => {
    const { port } = await runGateway({ balance: '/~~home=hush-hush#:*;\n' })
    const app = await launchApp({ files: { 'backbalance.bin': `/~~home=#http://127.0.0.1:${port};\n` } })
    const window = await app.window()
    const card = window.getByRole('article', { name: 'home' })
    await card.getByText('Needs your attention').waitFor()
    await window.getByRole('button', { name: 'Settings' }).click()
    await window.getByRole('radiogroup').getByText('Keychain').click()
    await window.getByRole('alert').first().waitFor()
    await window.getByRole('combobox', { name: 'Keep passwords in' }).click()
    await window.getByRole('option', { name: 'a sealed file' }).click()
    await window.getByText('Passwords are in a sealed file').waitFor()
    await window.getByRole('listitem').filter({ hasText: '/~~home' }).getByText('missing').waitFor()
    await window.getByRole('button', { name: 'Shared', exact: true }).click()
    await card.getByRole('button', { name: 'Change password' }).click()
    const dialog = window.getByRole('dialog')
    await dialog.getByText('Kept in a sealed file').waitFor()
    await dialog.getByLabel('Password', { exact: true }).fill('hush-hush')
    await dialog.getByRole('button', { name: 'Save and connect' }).click()
    await card.getByText('Connected').waitFor()
    const files = readdirSync(app.folder, { recursive: true, withFileTypes: true }).filter(entry =>
      entry.isFile(),
    )
    for (const { parentPath, name } of files)
      expect(readFileSync(join(parentPath, name)).includes('hush-hush'), name).toBe(false)
  })

  it('show the licences of what the app is made of', async () => {
    const app = await launchApp()
    const window = await app.window()
    await window.getByRole('button', { name: 'Settings' }).click()
    await window.getByRole('radiogroup').getByText('About').click()
    await window.getByRole('button', { name: 'Licences' }).click()
    const dialog = window.getByRole('dialog', { name: 'Licences' })
    // One of main, one of the windows.
    for (const name of ['valibot', '@mantine/core', 'react-dom'])
      await dialog.getByText(new RegExp(`^## ${name.replace('/', '.')} - .*\\(MIT\\)$`, 'm')).waitFor()
    await dialog.getByText('Copyright (c) Meta Platforms').waitFor()
  })
})
