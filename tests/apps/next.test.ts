/** A production build of Next.js: pages rendered and then navigated in the browser, a server action, upload and download. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, freePort, fromCache } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const main = fromCache('next/node_modules/next/dist/bin/next')
const [isMissing, title] = needs('Next', main)
const buildMs = 240_000

const files = {
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>',
  'app/icon.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
  'app/page.js': `
import Link from 'next/link'
import { cookies } from 'next/headers'
import Counter from './counter'
async function greet(form) {
  'use server'
  const jar = await cookies()
  jar.set('greeted', String(form.get('name')), { httpOnly: true, secure: true, path: '/' })
}
export default async function Page() {
  const greeted = (await cookies()).get('greeted')?.value ?? 'nobody'
  return <main>
    <h1>Home</h1><Link href="/about">About</Link><Counter />
    <form action={greet}><input name="name" /><button id="greet">Greet</button></form><p id="greeted">{greeted}</p>
    <form action="/api/file" method="post" encType="multipart/form-data"><input type="file" name="file" /><button id="send">Send</button></form>
  </main>
}`,
  'app/counter.js': `'use client'
import { useEffect, useState } from 'react'
export default function Counter() {
  const [count, setCount] = useState(0)
  // Its buttons do nothing before.
  useEffect(() => { document.body.dataset.hydrated = 'yes' }, [])
  return <button id="count" onClick={() => setCount(count + 1)}>{count}</button>
}`,
  'app/about/page.js': `
import Link from 'next/link'
export default () => <main><h1>About</h1><Link href="/">Home</Link><a href="/api/file" download>Download</a></main>`,
  'app/api/file/route.js': `
let kept = ''
export async function POST(request) {
  kept = await (await request.formData()).get('file').text()
  return new Response('got ' + kept.length)
}
export const GET = () => new Response(kept, { headers: { 'Content-Disposition': 'attachment; filename="kept.txt"' } })
export const dynamic = 'force-dynamic'`,
}

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    // It builds only what lies beside its own packages.
    folder = mkdtempSync(fromCache('next/site-'))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' as const }
    const build = spawnSync(process.execPath, [main, 'build'], { cwd: folder, env, encoding: 'utf8' })
    if (build.status !== 0) throw new Error(build.stdout + build.stderr)
    const port = await freePort()
    await AppProcess.start(process.execPath, [main, 'start', '-H', '127.0.0.1', '-p', String(port)], {
      ...{ cwd: folder, env },
      readyUrl: `http://127.0.0.1:${port}/`,
    })
    scene = await AppScene.open(async () => ({ next: `http://127.0.0.1:${port} host=keep` }))
  }, buildMs)
  afterAll(async () => {
    await scene?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(modes)(
    'is navigated, acts on the server, takes and gives a file %s',
    { timeout: sessionMs },
    async mode => {
      const file = join(folder, 'words.txt')
      writeFileSync(file, `words ${mode} `.repeat(1000))
      const { page, complaints } = await scene.visitor({ acceptDownloads: true })
      await page.goto(scene.url(mode, 'next'))
      await page.locator('body[data-hydrated]').waitFor()
      await page.click('#count')
      await page.locator('#count', { hasText: '1' }).waitFor()
      await page.fill('input[name=name]', mode)
      await page.click('#greet')
      await page.locator('#greeted', { hasText: mode }).waitFor()
      // Without loading a page: it takes the address that it was redirected to.
      await page.locator('a', { hasText: 'About' }).click()
      await page.locator('h1', { hasText: 'About' }).waitFor()
      await page.waitForURL(`${scene.url(mode, 'next')}about`)
      await page.reload()
      await page.locator('a', { hasText: 'Home' }).click()
      await page.locator('#greeted', { hasText: mode }).waitFor()
      await page.setInputFiles('input[name=file]', file)
      await page.click('#send')
      await page.locator('body', { hasText: `got ${readFileSync(file).length}` }).waitFor()
      await page.goto(`${scene.url(mode, 'next')}about`)
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('a', { hasText: 'Download' }).click(),
      ])
      expect(readFileSync(await download.path(), 'utf8')).toBe(readFileSync(file, 'utf8'))
      expect(complaints).toEqual([])
    },
  )
})
