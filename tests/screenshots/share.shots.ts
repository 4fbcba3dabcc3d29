/** The three steps of "Share something"; the last with a proxy whose login is refused. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { takePictures } from './picture.ts'

const line =
  '/~~homePC_Sophie=password#gateway.example:443 -> mydomain\\myuser1:password@192.168.10.11:808 -> svc-out:password@10.20.0.5:3128;'

const options = async () => ({
  arguments: [`tildegate://add?line=${encodeURIComponent(line)}`],
})

async function next(page: Page, times: number): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByRole('radio').last().waitFor()
  for (let i = 0; i < times; i += 1) await page.getByRole('main').getByRole('button').last().click()
}

/** What a home has, for the picture to show something found. */
async function homeServices(): Promise<void> {
  for (const [port, title] of [
    [8123, 'Home Assistant'],
    [2342, 'Family photos'],
  ] as const) {
    const server = createServer((_, response) =>
      response.end(`<!doctype html><title>${title}</title>`),
    ).listen(port, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
  }
}

takePictures({
  window: 'share-what',
  async options() {
    await homeServices()
    return options()
  },
  async pose(page) {
    await next(page, 0)
    await page.getByRole('radio').nth(3).waitFor()
    await page.getByText('Home Assistant').first().click()
  },
})
takePictures({ window: 'share-gateway', options, pose: page => next(page, 1) })
takePictures({ window: 'share-way', options, pose: page => next(page, 2) })
