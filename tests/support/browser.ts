/** A visitor's real browser: Chromium without a window, started fresh for each page, and ended with the test. */
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { chromiumPath } from './electron-standin/chromium.ts'

export const hasBrowser = chromiumPath() !== undefined
export const howToGetBrowser = '[needs Chromium: apt-get install chromium]'

/** It is to call nobody but the page. */
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-proxy-server',
]

export interface BrowserPage {
  readonly page: Page
  /** Of all requests that were answered. */
  readonly answers: { readonly url: string; readonly status: number }[]
  /** Uncaught exceptions, errors on the page's console, requests that failed. */
  readonly complaints: string[]
}

export async function openBrowserPage(options: BrowserContextOptions = {}): Promise<BrowserPage> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error(`no browser ${howToGetBrowser}`)
  const browser = await chromium.launch({ executablePath, headless: true, args: quiet })
  onTestFinished(() => browser.close())
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const answers: { url: string; status: number }[] = []
  const complaints: string[] = []
  page.on('response', response => answers.push({ url: response.url(), status: response.status() }))
  page.on('pageerror', error => complaints.push(error.message))
  page.on('requestfailed', request => complaints.push(`${request.url()}: ${request.failure()?.errorText}`))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { page, answers, complaints }
}
