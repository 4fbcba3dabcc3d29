/** The app as built: a hop `system` is what Electron's session says, asked by the engine through main. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { startConnectProxy } from '../support/connect-proxy.ts'
import { chromiumPath } from '../support/electron-standin/chromium.ts'
import { startApp, windowTestMs } from '../support/electron-standin/start-app.ts'
import { runGateway } from '../support/running-gateway.ts'

describe.skipIf(chromiumPath() === undefined)('the app (needs Chromium: apt-get install chromium)', () => {
  it('goes out through the proxy that Chromium names', { timeout: windowTestMs }, async () => {
    const gateway = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const proxy = await startConnectProxy()
    onTestFinished(() => proxy.close())
    const at = `127.0.0.1:${gateway.port}`
    const app = await startApp({
      files: { 'backbalance.bin': `/~~home=pw#http://${at} -> system;\n` },
      systemProxy: `PROXY 127.0.0.1:${proxy.port}; DIRECT`,
    })
    const window = await app.window()
    await window.getByRole('article', { name: 'home' }).getByText('Connected').waitFor()
    expect(new Set(proxy.asked)).toEqual(new Set([at]))
    expect(app.machine.asked).toEqual([`http://${at}/`])
  })
})
