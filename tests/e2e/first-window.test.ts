/** The app as built, in Chromium, against a real gateway. */
import { describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { runGateway } from '../support/running-gateway.ts'

describe.skipIf(!isAppThere)(`the window ${appNeeds}`, () => {
  it('shows a tunnel as connected, and lets it be switched off and on', {
    timeout: windowTestMs,
  }, async () => {
    const gateway = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const app = await launchApp({
      files: { 'backbalance.bin': `/~~home=pw#http://127.0.0.1:${gateway.port} => http://127.0.0.1:8123;\n` },
    })
    const window = await app.window()
    const card = window.getByRole('article', { name: 'home' })
    await card.getByText('Connected').waitFor()
    expect(await card.getByText('The service at 127.0.0.1:8123').isVisible()).toBe(true)
    const toggle = card.getByRole('switch', { name: 'Share home' })
    await toggle.press('Space')
    await card.getByText('Off', { exact: true }).waitFor()
    await toggle.press('Space')
    await card.getByText('Connected').waitFor()
    expect(app.pageErrors).toEqual([])
  })

  // Work, not time by the clock: what runs beside the test is not the window's slowness.
  it('draws its first words with less than a quarter of a second of work', {
    timeout: windowTestMs,
  }, async () => {
    const app = await launchApp()
    const window = await app.window()
    const words = window.getByText('Nothing is shared yet')
    await words.waitFor()
    const devtools = await window.context().newCDPSession(window)
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    await window.reload()
    await words.waitFor()
    const { metrics } = await devtools.send('Performance.getMetrics')
    const worked = metrics.find(({ name }) => name === 'TaskDuration')?.value
    expect(worked).toBeGreaterThan(0)
    expect(worked).toBeLessThan(0.25)
  })
})
