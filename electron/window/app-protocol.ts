/** Serves the windows' files as `app://tildegate/…`, with the content security policy. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { protocol } from 'electron'
import { appScheme, pathOf } from './url-policy.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}
/** Stands in index.html where the page tells its libraries which styles of theirs are let in. */
const noncePlace = '%STYLE_NONCE%'

/** Before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

export function serveApp(folder: string): void {
  protocol.handle(appScheme, async request => {
    const path = request.method === 'GET' ? pathOf(request.url) : undefined
    const type = path === undefined ? undefined : types[extname(path)]
    if (path === undefined || type === undefined) return refused(404)
    try {
      const file = await readFile(join(folder, path))
      const nonce = randomBytes(16).toString('base64')
      const body = path.endsWith('.html')
        ? file.toString('utf8').replaceAll(noncePlace, nonce)
        : new Uint8Array(file)
      return new Response(body, { headers: headersOf(type, nonce) })
    } catch {
      return refused(404)
    }
  })
}

function refused(status: number): Response {
  return new Response(null, { status, headers: headersOf('text/plain', '') })
}

function headersOf(type: string, nonce: string): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    // Style attributes are set by script, which the policy does not touch; style elements carry the nonce.
    `style-src 'self'${nonce === '' ? '' : ` 'nonce-${nonce}'`}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return {
    'Content-Type': type,
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  }
}
