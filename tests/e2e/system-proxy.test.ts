/** The app as built: a hop `system` is what Electron's session says, asked by the engine through main. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { appNeeds, isAppThere, launchApp, windowTestMs } from '../support/app/launch-app.ts'
import { startConnectProxy } from '../support/connect-proxy.ts'
import { runGateway } from '../support/running-gateway.ts'

describe.skipIf(!isAppThere)(`the app ${appNeeds}`, () => {
  it('goes out through the proxy that Chromium names', { timeout: windowTestMs }, async () => {
    const gateway = await runGateway({ balance: '/~~home=pw#:*;\n' })
    const proxy = await startConnectProxy()
    onTestFinished(() => proxy.close())
    const at = `127.0.0.1:${gateway.port}`
    const app = await launchApp({
      files: { 'backbalance.bin': `/~~home=pw#http://${at} -> system;\n` },
      systemProxy: `PROXY 127.0.0.1:${proxy.port}; DIRECT`,
    })
    const window = await app.window()
    await window.getByRole('article', { name: 'home' }).getByText('Connected').waitFor()
    expect(new Set(proxy.asked)).toEqual(new Set([at]))
  })
})
