/** The dashboard's page as built, as the admin listener serves it: what may run in it, what may be kept, how much it weighs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { dashboardFolder } from '../../../gateway/admin/dashboard-files.ts'
import { ask } from '../../support/admin-client.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'

async function adminUrl(): Promise<string> {
  const { gateway } = await runGateway({ admin: { host: '127.0.0.1', port: 0 } })
  return gateway.admin?.url ?? ''
}

test('it runs and loads nothing from elsewhere, and is never kept', async () => {
  const url = await adminUrl()
  const [one, other] = [await ask(`${url}/dashboard/`), await ask(`${url}/dashboard/`)]
  const policy = String(one.headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
  expect(policy).not.toBe(other.headers['content-security-policy'])
  expect(one.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  })
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
  expect(one.text).toContain(`content="${nonce}"`)
  expect(one.text).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=/)
})

test('its files may be kept for ever, for their names change with them', async () => {
  const url = await adminUrl()
  const { text } = await ask(`${url}/dashboard/`)
  const [, file = ''] = /src="\.\/(assets\/[^"]+\.js)"/.exec(text) ?? []
  expect(await ask(`${url}/dashboard/${file}`)).toMatchObject({
    status: 200,
    headers: {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    },
  })
})

test.each([
  'assets/none.js',
  'assets/..%2findex.html',
  'assets/../index.html',
  'assets/..',
  'assets/../../cli/main.js',
  '../../package.json',
  'index.html',
  'assets/',
])('it has no file %s', async path => {
  const peer = await RawPeer.connect(Number(new URL(await adminUrl()).port))
  peer.send(`GET /dashboard/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
  await peer.closed
  expect(peer.received).toMatch(/^HTTP\/1\.1 404 /)
})

test('it weighs less than 250 kB, compressed', () => {
  const page = readFileSync(join(dashboardFolder(), 'index.html'), 'utf8')
  const files = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(match => match[1] ?? '')
  expect(files.length).toBeGreaterThan(1)
  const weights = files.map(file => gzipSync(readFileSync(join(dashboardFolder(), file))).length)
  expect(weights.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(250_000)
})
