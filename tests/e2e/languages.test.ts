/** What comes from outside the windows' own texts, in the user's language: failures, what is wrong in the file, events, notifications. */
import { describe, expect, it } from 'vitest'
import { isStandInThere, standInNeeds, windowTestMs } from '../support/app/launch-app.ts'
import { startApp } from '../support/electron-standin/start-app.ts'
import { runGateway } from '../support/running-gateway.ts'

const spoken = {
  'de-DE': {
    trouble: 'Das Gateway hat den Namen oder das Passwort nicht angenommen.',
    pages: { activity: 'Verlauf', settings: 'Einstellungen', file: 'Datei', keychain: 'Schlüsselbund' },
    problems: 'Was in der Datei nicht stimmt',
    wrong: 'Zeile 2: Dem Proxy fehlt der Port. Schreiben Sie 127.0.0.1:808',
    fix: 'Beheben',
    noKeychain: /läuft kein Schlüsselbund|Schlüsselbund dieses Systems ist nicht nutzbar/,
  },
  'fr-FR': {
    trouble: 'La passerelle n’a pas accepté le nom ou le mot de passe.',
    pages: { activity: 'Activité', settings: 'Réglages', file: 'Fichier', keychain: 'Trousseau' },
    problems: 'Ce qui ne va pas dans le fichier',
    wrong: 'Ligne 2 : Il manque le port du proxy. Écrivez 127.0.0.1:808',
    fix: 'Corriger',
    noKeychain: /Aucun trousseau ne fonctionne|trousseau de ce système n’est pas utilisable/,
  },
} as const

describe.skipIf(!isStandInThere).each(['de-DE', 'fr-FR'] as const)(
  `in the language of the system, %s ${standInNeeds}`,
  locale => {
    const { trouble, pages, problems, wrong, fix, noKeychain } = spoken[locale]

    it('says what went wrong in a notification, among the events, in the file and with the keychain', {
      timeout: windowTestMs,
    }, async () => {
      const { port } = await runGateway({ balance: '/~~home=right#:*;\n' })
      const gateway = `http://127.0.0.1:${port}`
      const app = await startApp({
        locale,
        files: { 'backbalance.bin': `/~~home=wrong#${gateway};\n/~~second=pw#${gateway} -> 127.0.0.1;\n` },
      })
      const window = await app.window()
      const told = await app.machine.until('a notification', () => app.machine.notifications[0])
      expect(told.body).toBe(trouble)
      await window.getByRole('article', { name: 'home' }).getByText(trouble).waitFor()
      await window.getByRole('button', { name: pages.activity }).click()
      await window.getByRole('listitem').getByText(trouble).waitFor()
      await window.getByRole('button', { name: pages.settings }).click()
      await window.getByRole('radiogroup').getByText(pages.file).click()
      const list = window.getByRole('list', { name: problems })
      await list.getByText(wrong).waitFor()
      await list.getByRole('button', { name: fix }).click()
      await list.waitFor({ state: 'detached' })
      await window.getByRole('radiogroup').getByText(pages.keychain).click()
      await window.getByText(noKeychain).waitFor()
    })
  },
)
