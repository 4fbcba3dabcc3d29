/** What both built-in sites send with every answer, and their files. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { isSingleFile, packedFile } from '../../net/single-file.ts'

export interface Page {
  readonly status?: number
  readonly type: string
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers GET and HEAD with a whole page. */
export function sendPage(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const body = Buffer.from(page.body)
  response.writeHead(page.status ?? 200, {
    'Content-Type': page.type,
    'Content-Length': body.length,
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    ...page.headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

export function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
): void {
  sendPage(request, response, { status, type: 'text/plain; charset=utf-8', body: `${body}\n` })
}

export function readAsset(path: string): Buffer {
  if (isSingleFile) return packedFile(`sites/${path}`)
  return readFileSync(fileURLToPath(new URL(`./assets/${path}`, import.meta.url)))
}
