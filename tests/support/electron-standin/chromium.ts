/** The one Chromium in which windows are pages. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** `TILDEGATE_CHROMIUM` names another one. Undefined: there is none here. */
export function chromiumPath(): string | undefined {
  return [process.env['TILDEGATE_CHROMIUM'] ?? '', ...usualPlaces].find(
    path => path !== '' && existsSync(path),
  )
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error('There is no Chromium: apt-get install chromium.')
  return chromium.launch({ executablePath, headless: true })
}
