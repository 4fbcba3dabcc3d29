/**
 * Real applications behind the built gateway and agent, in a real browser. The gateway speaks TLS as
 * `gateway.example`, and so do the hosts below it: the browser is told that all of them are on this computer, and that their certificate is fine.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect, onTestFailed } from 'vitest'
import { hasBrowser, howToGetBrowser } from '../support/browser.ts'
import { chromiumPath } from '../support/electron-standin/chromium.ts'
import { startAgent, startGateway, stopAll } from '../support/programs.ts'
import { appFolder, areThere, freePort, stopApps } from './app-process.ts'

/** How a visitor reaches a tunnel. */
export type Mode = 'below its prefix' | 'on a host of its own'
export const modes = ['below its prefix', 'on a host of its own'] as const satisfies readonly Mode[]

/** For `describe.skipIf`, and what the title then says. */
export function needs(name: string, ...parts: string[]): readonly [isMissing: boolean, title: string] {
  if (!hasBrowser) return [true, `${name} ${howToGetBrowser}`]
  const isThere = areThere(...parts)
  return [
    !isThere,
    isThere ? name : `${name} [needs: bash tests/apps/install.sh ${name.toLowerCase().split(' ')[0]}]`,
  ]
}

/** Deadlines that bound a hang and hope for nothing: a test beside others on a slow machine meets them too. */
const waitMs = 60_000
/** For whole sessions of a browser: more than their waits take together. */
export const sessionMs = 300_000

/** Pictures of pages whose test failed. */
const failures = fileURLToPath(new URL('../../dist/failed-pages/', import.meta.url))

const domain = 'gateway.example'
const browserFlags = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--ignore-certificate-errors',
  `--host-resolver-rules=MAP ${domain} 127.0.0.1, MAP *.${domain} 127.0.0.1`,
]

export interface Visitor {
  readonly page: Page
  /** What did not go well: answers from 400, exceptions of the page, requests that failed. */
  readonly complaints: string[]
  /** Addresses of WebSockets that were opened, and how many messages came in on them. */
  readonly sockets: Map<string, number>
}

export class AppScene {
  readonly #port: number
  readonly #browser: Browser

  private constructor(port: number, browser: Browser) {
    this.#port = port
    this.#browser = browser
  }

  /** The port is known before anything runs, for applications that must know their address. */
  static async open(
    share: (gatewayPort: number) => Promise<Readonly<Record<string, string>>>,
  ): Promise<AppScene> {
    const port = await freePort()
    const targets = Object.entries(await share(port))
    const balance = join(appFolder(), 'balance.bin')
    writeFileSync(balance, targets.map(([name]) => `/~~${name}=pw#:*;\n`).join(''))
    const listen = ['--listen-tls', `127.0.0.1:${port}`, '--balance', balance]
    await startGateway([...listen, '--host-mode', domain, '--public-url', `https://${domain}:${port}`])
    const lines = targets.map(([name, target]) => `/~~${name}=pw#https://127.0.0.1:${port} => ${target};`)
    const { program } = await startAgent(lines.flatMap(line => ['--line', line]))
    for (const [name] of targets) await program.line(new RegExp(`^agent ready /~~${name} `))
    const browser = await chromium.launch({ executablePath: chromiumPath() ?? '', args: browserFlags })
    return new AppScene(port, browser)
  }

  /** Where the tunnel's `/` is, with a slash at the end. */
  url(mode: Mode, name: string): string {
    const isHost = mode === 'on a host of its own'
    return isHost ? `https://${name}.${domain}:${this.#port}/` : `https://${domain}:${this.#port}/~~${name}/`
  }

  /** A browser with nothing of an earlier visit. */
  async visitor(options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await this.#browser.newContext(options)
    context.setDefaultTimeout(waitMs)
    const page = await context.newPage()
    const complaints: string[] = []
    const sockets = new Map<string, number>()
    page.on('response', answer => {
      if (answer.status() >= 400)
        complaints.push(`${answer.status()} ${answer.request().method()} ${answer.url()}`)
    })
    page.on('pageerror', error => complaints.push(error.message))
    page.on('requestfailed', request => {
      const { errorText = '' } = request.failure() ?? {}
      if (!isNobodysFault(errorText)) complaints.push(`${errorText} ${request.url()}`)
    })
    page.on('websocket', socket => {
      sockets.set(socket.url(), 0)
      socket.on('framereceived', () => sockets.set(socket.url(), (sockets.get(socket.url()) ?? 0) + 1))
    })
    onTestFailed(async () => {
      const picture = join(failures, `${expect.getState().currentTestName?.replace(/\W+/g, '-')}.png`)
      await page.screenshot({ path: picture }).catch(() => {})
    })
    return { page, complaints, sockets }
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await stopAll()
    await stopApps()
  }
}

/** What the page itself ends, and what becomes a download. */
function isNobodysFault(errorText: string): boolean {
  return errorText === 'net::ERR_ABORTED'
}
