/** The three steps of "Share something"; the last with a proxy whose login is refused. */
import type { Page } from 'playwright-core'
import { takePictures } from './picture.ts'

const line =
  '/~~homePC_Sophie=x#gateway.example:443 -> mydomain\\myuser1:x@192.168.10.11:808 -> svc-out:x@10.20.0.5:3128;'

const options = async () => ({
  arguments: [`tildegate://add?line=${encodeURIComponent(line)}`],
})

async function next(page: Page, times: number): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByRole('radio').last().waitFor()
  for (let i = 0; i < times; i += 1) await page.getByRole('main').getByRole('button').last().click()
}

takePictures({ window: 'share-what', options, pose: page => next(page, 0) })
takePictures({ window: 'share-gateway', options, pose: page => next(page, 1) })
takePictures({ window: 'share-way', options, pose: page => next(page, 2) })
