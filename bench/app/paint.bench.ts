/**
 * `npm run bench:app`: when the window has drawn its first words, by Chromium's own clock, from the moment that it begins to load. Each start is
 * that of the whole app anew, without anything in a cache. Figures, not a verdict: they are this machine's.
 */
import { afterAll, describe, it } from 'vitest'
import { launchApp } from '../../tests/support/app/launch-app.ts'

const starts = 10

/** Runs in the page. It is told a moment after the words are there. */
function firstPaint(): Promise<number> {
  return new Promise(resolve => {
    const told = new PerformanceObserver(list => {
      for (const { name, startTime } of list.getEntries())
        if (name === 'first-contentful-paint') resolve(startTime)
    })
    told.observe({ type: 'paint', buffered: true })
  })
}

const names = Array.from({ length: 30 }, (_, i) => `home-${i}`)

describe.each([
  ['nothing shared, English', 'en-GB', '', 'Nothing is shared yet'],
  ['nothing shared, German', 'de-DE', '', 'Noch nichts freigegeben'],
  [
    '30 tunnels, English',
    'en-GB',
    names.map(name => `/~~${name}=pw#http://127.0.0.1:9;\n`).join(''),
    'home-29',
  ],
])('%s', (what, locale, file, words) => {
  const painted: number[] = []

  it.each(Array.from({ length: starts }, (_, i) => i))('start %d', async () => {
    const app = await launchApp({ locale, files: { 'backbalance.bin': file } })
    const window = await app.window()
    await window.getByText(words).first().waitFor()
    painted.push(await window.evaluate(firstPaint))
  })

  afterAll(() => {
    const sorted = painted.toSorted((a, b) => a - b).map(ms => Math.round(ms))
    console.log(`${what}: first paint after ${sorted[starts / 2]} ms (${sorted[0]} to ${sorted.at(-1)})`)
  })
})
