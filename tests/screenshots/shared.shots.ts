import { runGateway } from '../support/running-gateway.ts'
import { takePictures } from './picture.ts'

takePictures({
  window: 'shared',
  async options() {
    const { port } = await runGateway({ balance: '/~~homePC_Sophie=pw#:*;\n/~~office_reports=right#:*;\n' })
    const gateway = `http://127.0.0.1:${port}`
    return {
      files: {
        'backbalance.bin': [
          `/~~homePC_Sophie=pw#${gateway} => http://127.0.0.1:8123;`,
          `/~~office_reports=wrong#${gateway} => http://10.1.4.20;`,
          `/~~holiday_photos=pw#${gateway} => http://127.0.0.1:2342;`,
          '',
        ].join('\n'),
        'tunnels.json': JSON.stringify({ switchedOff: [`holiday_photos@127.0.0.1:${port}`] }),
      },
    }
  },
  async pose(page) {
    await page.locator('[data-state="connected"]').waitFor()
    await page.locator('[data-state="attention"]').waitFor()
  },
})
