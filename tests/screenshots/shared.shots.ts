/** The list, with a tunnel that has visitors, one that needs its user, and one that is off. */
import { get } from 'node:https'
import { runGateway } from '../support/running-gateway.ts'
import { startSite } from '../support/site.ts'
import { takePictures } from './picture.ts'

takePictures({
  window: 'shared',
  async options() {
    const { port } = await runGateway({
      balance: '/~~homePC_Sophie=pw#:*;\n/~~office_reports=right#:*;\n',
      listen: [{ host: '127.0.0.1', port: 0, tls: true }],
      publicUrl: 'https://gateway.example',
    })
    const gateway = `https://127.0.0.1:${port}`
    const site = await startSite('home')
    const id = (name: string) => `${name}@127.0.0.1:${port}`
    return {
      files: {
        'backbalance.bin': [
          `/~~homePC_Sophie=pw#${gateway} => ${site.url};`,
          `/~~office_reports=wrong#${gateway} => http://10.1.4.20;`,
          `/~~holiday_photos=pw#${gateway} => http://127.0.0.1:2342;`,
          '',
        ].join('\n'),
        'tunnels.json': JSON.stringify({
          switchedOff: [id('holiday_photos')],
          titles: {
            [id('homePC_Sophie')]: 'Home Assistant',
            [id('office_reports')]: 'Intranet reports',
            [id('holiday_photos')]: 'PhotoPrism',
          },
        }),
      },
      visit: async () => {
        for (const bytes of [20_000, 90_000, 40_000, 120_000])
          await download(`${gateway}/~~homePC_Sophie/bytes/${bytes}`)
      },
    }
  },
  async pose(page, _app, { visit }) {
    await page.locator('[data-state="attention"]').waitFor()
    await page.locator('[data-state="connected"]').waitFor()
    await visit()
    await page.getByRole('article').first().locator('polyline').waitFor()
  },
})

/** The gateway's certificate is its own. */
function download(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { rejectUnauthorized: false }, response => response.resume().once('end', resolve)).on(
      'error',
      reject,
    )
  })
}
