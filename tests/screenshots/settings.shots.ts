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

for (const [part, at] of Object.entries(parts)) {
  takePictures({
    window: `settings-${part}`,
    options: entries,
    async pose(page) {
      await page.locator('[data-state="connected"]').waitFor()
      await page.locator('nav button').nth(2).click()
      await page.locator('main [role="radiogroup"] label').nth(at).click()
      if (part === 'file') await page.locator('main li').waitFor()
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
