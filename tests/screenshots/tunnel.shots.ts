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

takePictures({
  window: 'tunnel-visits',
  async options() {
    const { port, url } = await runGateway({
      balance: '/~~homePC_Sophie=pw#:*;\n',
      trustForwardedFrom: ['127.0.0.0/8'],
    })
    return { files: { 'backbalance.bin': `/~~homePC_Sophie=pw#http://127.0.0.1:${port};\n` }, url }
  },
  async pose(page, _, { url }) {
    await page.locator('[data-state="connected"]').waitFor()
    const visits = [
      ['203.0.113.24', '/'],
      ['203.0.113.24', '/favicon.ico'],
      ['198.51.100.7', '/'],
      ['198.51.100.7', '/photos/summer/'],
      ['2001:db8:17::2a', '/'],
    ] as const
    for (const [from, path] of visits)
      await fetch(`${url}/~~homePC_Sophie${path}`, { headers: { 'x-forwarded-for': from } })
    await page.locator('article button').first().click()
    await page.getByText('2001:db8:17::2a').waitFor()
    await page.locator('article:has(table)').scrollIntoViewIfNeeded()
  },
})
