/** What axe finds on a page (https://github.com/dequelabs/axe-core) that is serious or worse. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Found {
  readonly violations: readonly {
    readonly id: string
    readonly impact?: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
  }[]
}

export async function seriousIn(page: Page): Promise<string[]> {
  // Colours that fade in are measured where they end.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => {}))),
  )
  const { violations } = await page.evaluate<Found>(
    `${axe}; axe.run(document, { resultTypes: ['violations'] })`,
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}
