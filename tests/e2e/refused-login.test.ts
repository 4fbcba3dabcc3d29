/** An account that the app and the command line both use is not locked by the two of them: what one has seen refused, the other knows. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { appNeeds, isAppThere, launchApp } from '../support/app/launch-app.ts'
import { answerOfMain } from '../support/electron-standin/ask-main.ts'
import { temporaryFolder } from '../support/files.ts'
import { startProgram, stopAll } from '../support/programs.ts'
import { type ProxyPeer, startProxyTwin } from '../support/proxy-twin.ts'

const refusal = 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'

async function refuse(peer: ProxyPeer): Promise<void> {
  for (;;) {
    await peer.head()
    peer.say(refusal)
  }
}

describe.skipIf(!isAppThere)(`a proxy login that is refused ${appNeeds}`, { timeout: 120_000 }, () => {
  afterEach(stopAll)

  it('reaches the proxy twice, by the app and the command line together', async () => {
    const proxy = await startProxyTwin(refuse)
    const tries = () => proxy.heads().filter(head => /^proxy-authorization:/im.test(head)).length
    const state = { XDG_STATE_HOME: join(temporaryFolder(), 'state') }
    const line = `/~~home=pw#http://127.0.0.1:1 -> anna:wrong@${proxy.at};`
    const app = await launchApp({ env: state, files: { 'backbalance.bin': `${line}\n` } })
    const window = await app.window()
    const card = window.getByRole('article', { name: 'home' })
    await card.getByText('Needs your attention').waitFor()
    expect(tries()).toBe(1)

    const test = async () => {
      const env = { ...state, STATE_DIRECTORY: '' }
      const program = startProgram(['test', '--json', '--line', line], { env })
      await program.ended
      return program.stdout.join('\n')
    }
    expect(await test()).toContain('"proxy-auth-refused"')
    expect(tries()).toBe(2)
    expect(await test()).toContain('"proxy-auth-given-up"')

    await answerOfMain(window, 'tunnels.retry', { id: 'home@127.0.0.1:1' })
    await card.getByRole('alert').getByText('has refused this login 2 times').waitFor()
    expect(tries()).toBe(2)
  })
})
