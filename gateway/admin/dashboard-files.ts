/**
 * The dashboard's page as it was built, and how it is served: a page that is never kept, files with their content's hash in their name
 * that always are, and a policy that runs and loads nothing from elsewhere.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isSingleFile, packedFile } from '../../net/single-file.ts'
import { type Reply, textReply } from './reply.ts'

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Stands in index.html where the page tells its libraries which styles of theirs are let in. */
const noncePlace = '%STYLE_NONCE%'

/** Where the build puts the page: beside the built gateway, and below `dist` for one that runs from its sources. */
export function dashboardFolder(): string {
  const besideBuilt = fileURLToPath(new URL('../../dashboard', import.meta.url))
  return existsSync(join(besideBuilt, 'index.html'))
    ? besideBuilt
    : fileURLToPath(new URL('../../dist/dashboard', import.meta.url))
}

/** @param path behind `/dashboard/` */
export async function dashboardFile(folder: string, path: string): Promise<Reply> {
  if (path === '') return page(folder)
  const name = /^assets\/([\w-]+(?:\.[\w-]+)+)$/.exec(path)?.[1] ?? ''
  const type = types[extname(name)]
  const body = type === undefined ? undefined : await contentOf(folder, `assets/${name}`)
  if (type === undefined || body === undefined) return textReply(404, 'not found')
  const headers = { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' }
  return { status: 200, body, headers }
}

async function page(folder: string): Promise<Reply> {
  const html = await contentOf(folder, 'index.html')
  if (html === undefined) return textReply(503, 'the dashboard is not part of this installation')
  const nonce = randomBytes(16).toString('base64')
  return {
    status: 200,
    body: html.toString('utf8').replaceAll(noncePlace, nonce),
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy(nonce) },
  }
}

/** Style attributes are set by script, which the policy does not touch; style elements carry the nonce. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

async function contentOf(folder: string, name: string): Promise<Buffer | undefined> {
  try {
    return isSingleFile ? packedFile(`dashboard/${name}`) : await readFile(join(folder, name))
  } catch {
    return undefined
  }
}
