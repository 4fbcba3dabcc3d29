import { Secret } from '../../shared/secret.ts'
import { type RunningGateway, runGateway } from '../support/running-gateway.ts'
import { takeDashboardPictures } from './picture.ts'

const tunnels = {
  homePC_Sophie: 'linux x64',
  'office-reports': 'win32 x64',
  nas: 'linux arm64',
  'workshop.cam': 'darwin arm64',
} as const

const pages = ['', 'lovelace/0', 'static/app.js', 'api/states', 'api/history/period', 'photos/2026/dunes.jpg']

async function visit({ url }: RunningGateway, path: string): Promise<void> {
  await (await fetch(`${url}/~~${path}`)).arrayBuffer()
}

/** Four tunnels with traffic, one whose agent is away, one that the gateway dials; an error in the file, and somebody who guesses. */
async function busyGateway(): Promise<string> {
  const lines = [...Object.keys(tunnels), 'weather-station'].map(name => `/~~${name}=pw#:*;\n`).join('')
  const balance = `${lines}/~~printer=192.0.2.7:80;\n`
  const running = await runGateway({
    balance,
    admin: { host: '127.0.0.1', port: 0 },
    version: '0.1.0',
    publicUrl: 'https://gateway.example',
    listen: [
      { host: '127.0.0.1', port: 0, tls: false },
      { host: '127.0.0.1', port: 0, tls: true },
    ],
    limits: { failedGuessesPerNameAndAddressPerMinute: 2 },
  })
  for (const [name, os] of Object.entries(tunnels)) {
    await running.agent({
      name,
      hello: { agent: 'tildegate/0.1.0', os },
      target(request, response) {
        const path = request.url ?? ''
        response.statusCode = path.includes('history') ? 503 : path.includes('lovelace') ? 304 : 200
        response.end(
          response.statusCode === 304 ? undefined : Buffer.alloc(path.includes('jpg') ? 2_400_000 : 9_000),
        )
      },
    })
  }
  for (let round = 0; round < 6; round++)
    await Promise.all(pages.map(page => visit(running, `homePC_Sophie/${page}`)))
  await Promise.all(pages.slice(0, 3).map(page => visit(running, `office-reports/${page}`)))
  await visit(running, 'nas/photos/2026/dunes.jpg')
  for (let guess = 0; guess < 3; guess++)
    await running.agent({ name: 'nas', password: 'wrong' }).catch(() => {})
  running.writeBalance(`${balance}/~~garage=pw#;\n`)
  await running.gateway.reload()
  return running.gateway.admin?.url ?? ''
}

takeDashboardPictures({
  window: 'dashboard',
  height: 1100,
  scene: busyGateway,
  async pose(page) {
    await page.getByRole('link', { name: 'homePC_Sophie' }).waitFor()
    await page.locator('svg polyline').waitFor()
  },
})

takeDashboardPictures({
  window: 'dashboard-tunnel',
  height: 800,
  scene: async () => `${await busyGateway()}/dashboard/#/tunnel/homePC_Sophie`,
  async pose(page) {
    await page.locator('tbody tr').nth(30).waitFor()
  },
})

takeDashboardPictures({
  window: 'dashboard-login',
  height: 520,
  async scene() {
    const admin = { host: '127.0.0.1', port: 0, token: Secret.fromText('a-token-of-sixteen-bytes') }
    return (await runGateway({ admin })).gateway.admin?.url ?? ''
  },
  pose: page => page.locator('input[type="password"]').waitFor(),
})
