import { openSecretStore, tunnelAccount } from '../../agent/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { Secret } from '../../shared/secret.ts'
import { Keyring } from '../support/keyring.ts'
import { runGateway } from '../support/running-gateway.ts'
import { takePictures } from './picture.ts'

const entries = async () => {
  const { port } = await runGateway({ balance: '/~~homePC_Sophie=pw#:*;\n' })
  return {
    files: {
      'backbalance.bin': [
        '# home',
        `/~~homePC_Sophie=pw#http://127.0.0.1:${port} => http://127.0.0.1:8123;`,
        '',
        '# office',
        `/~~office_reports=pw#http://127.0.0.1:${port} -> mydomain\\myuser1:pw@192.168.10.11;`,
        '',
      ].join('\n'),
    },
  }
}
const parts = { general: 0, file: 1, keychain: 2, about: 3 } as const

/** Passwords in a keyring: one in use, one missing, and one that no entry asks for any more. */
const kept = async () => {
  const { port } = await runGateway({ balance: '/~~homePC_Sophie=pw#:*;\n' })
  const { env } = await Keyring.start('unlocked')
  const store = openSecretStore({
    kind: 'keychain',
    environment: env,
    clock: systemClock,
    random: systemRandom,
  })
  const gateway = { host: '127.0.0.1', port }
  for (const name of ['homePC_Sophie', 'old_laptop'])
    await store.set(tunnelAccount({ name, gateway }), Secret.fromText('pw'))
  store.close()
  const line = `/~~homePC_Sophie=#http://127.0.0.1:${port} => http://127.0.0.1:8123;\n`
  const office = `/~~office_reports=pw#http://127.0.0.1:${port} -> mydomain\\myuser1@192.168.10.11:808;\n`
  return { env, files: { 'backbalance.bin': `${line}${office}` } }
}

for (const [part, at] of Object.entries(parts)) {
  takePictures({
    window: `settings-${part}`,
    options: part === 'keychain' ? kept : entries,
    async pose(page) {
      await page.locator('[data-state="connected"]').waitFor()
      await page.locator('nav button').nth(2).click()
      await page.locator('main [role="radiogroup"] label').nth(at).click()
      if (part === 'file') await page.locator('main li').waitFor()
      if (part === 'keychain') await page.locator('main li').nth(2).waitFor()
    },
  })
}

takePictures({
  window: 'activity',
  options: entries,
  async pose(page) {
    await page.locator('[data-state="connected"]').waitFor()
    await page.locator('nav button').nth(1).click()
    await page.locator('main li').first().waitFor()
  },
})
