import { runGateway } from '../support/running-gateway.ts'
import { takePictures } from './picture.ts'

for (const [window, password] of [
  ['tunnel', 'pw'],
  ['tunnel-tested', 'pw'],
] as const) {
  takePictures({
    window,
    async options() {
      const { port } = await runGateway({ balance: '/~~homePC_Sophie=pw#:*;\n' })
      return {
        files: { 'backbalance.bin': `/~~homePC_Sophie=${password}#http://127.0.0.1:${port};\n` },
      }
    },
    async pose(page) {
      await page.locator('[data-state="connected"]').waitFor()
      await page.locator('article button').first().click()
      await page.locator('article ol').waitFor()
      if (window === 'tunnel-tested') {
        await page.locator('article button').first().click()
        await page.locator('article [role="status"]').nth(1).waitFor()
      }
    },
  })
}
