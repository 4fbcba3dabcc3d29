/**
 * A real Chromium without a window, for tests: started fresh each time, with nothing of an earlier one, steered over the
 * DevTools protocol. `undefined` paths: there is none on this computer.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const readyMs = 60_000

export const howToGetBrowser = '[needs Chromium: apt-get install chromium]'
export const browserPath: string | undefined = findBrowser()

function findBrowser(): string | undefined {
  if (process.platform === 'win32') return undefined
  for (const name of names) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    } catch {
      // The next name.
    }
  }
  return undefined
}

interface Reply {
  readonly id?: number
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly message: string }
}

/** One page of a browser. */
export class BrowserPage {
  /** Addresses and statuses of all answers, and what failed to load. */
  readonly answers: { readonly url: string; readonly status: number }[] = []
  readonly failures: string[] = []
  /** Uncaught exceptions and what the page logged as an error. */
  readonly complaints: string[] = []
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#heard(JSON.parse(data.toString('utf8')) as Reply))
  }

  /** Ends with the test. */
  static async open(): Promise<BrowserPage> {
    const profile = mkdtempSync(join(tmpdir(), 'tildegate-browser-'))
    const browser = spawn(browserPath ?? '', [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    onTestFinished(async () => {
      if (browser.exitCode === null && browser.signalCode === null) {
        browser.kill('SIGKILL')
        await once(browser, 'exit')
      }
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
    })
    const { host } = new URL(await devtoolsUrl(browser))
    const targets = (await (await fetch(`http://${host}/json/list`)).json()) as Record<string, string>[]
    const target = targets.find(one => one['type'] === 'page')
    const socket = new WebSocket(target?.['webSocketDebuggerUrl'] ?? '')
    await once(socket, 'open')
    const page = new BrowserPage(socket)
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await page.#call(`${domain}.enable`)
    return page
  }

  async go(url: string): Promise<void> {
    const { errorText } = await this.#call('Page.navigate', { url })
    if (errorText !== undefined) throw new Error(`${url}: ${String(errorText)}`)
  }

  /** The value of an expression in the page; promises are awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const reply = await this.#call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })
    if (reply['exceptionDetails'] !== undefined)
      throw new Error(`${expression}: ${JSON.stringify(reply['exceptionDetails'])}`)
    return (reply['result'] as { value: T }).value
  }

  #call(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result = {}, error }) => {
        if (error === undefined) resolve(result)
        else reject(new Error(`${method}: ${error.message}`))
      })
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }

  #heard(reply: Reply): void {
    if (reply.id !== undefined) {
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
      return
    }
    const params = reply.params as Record<string, Record<string, unknown>> | undefined
    if (reply.method === 'Network.responseReceived') {
      const { url, status } = params?.['response'] ?? {}
      this.answers.push({ url: String(url), status: Number(status) })
    }
    if (reply.method === 'Network.loadingFailed') this.failures.push(JSON.stringify(params))
    if (reply.method === 'Runtime.exceptionThrown' || reply.method === 'Log.entryAdded')
      this.complaints.push(JSON.stringify(params))
  }
}

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--no-proxy-server',
  '--remote-debugging-port=0',
]

function devtoolsUrl(browser: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const deadline = setTimeout(() => reject(new Error(`the browser is not ready: ${said}`)), readyMs)
    browser.stderr?.on('data', (bytes: Buffer) => {
      said += bytes.toString('utf8')
      const url = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (url === undefined) return
      clearTimeout(deadline)
      resolve(url)
    })
    browser.once('exit', () => {
      clearTimeout(deadline)
      reject(new Error(`the browser ended: ${said}`))
    })
  })
}
