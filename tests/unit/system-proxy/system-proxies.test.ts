/** How long an answer holds, who asks at the same time, and what makes it be asked for anew. */
import { describe, expect, it } from 'vitest'
import {
  askByElectron,
  type OperatingSystem,
  printAnswer,
  type SystemAnswer,
  SystemProxies,
} from '../../../net/system-proxy/index.ts'
import { TildegateError } from '../../../shared/errors.ts'
import type { Log } from '../../../shared/world.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const gateway = { host: 'gw.corp', port: 443 }
const never = new AbortController().signal

/** Each answer names another proxy, so that a kept one is told from a new one. */
function scene(
  ask?: (asked: number, signal: AbortSignal) => Promise<SystemAnswer | undefined>,
  environment: Record<string, string> = {},
) {
  const clock = new VirtualClock()
  let asked = 0
  let forgotten = 0
  const lines: object[] = []
  const log: Log = { debug() {}, warn() {}, error() {}, info: fields => void lines.push(fields) }
  const system: OperatingSystem = {
    ask(_, signal) {
      asked++
      if (ask !== undefined) return ask(asked, signal)
      return Promise.resolve({ ways: [{ kind: 'http', host: 'p', port: asked }], source: 'a test' })
    },
    forget: () => void forgotten++,
  }
  const proxies = new SystemProxies({ environment, clock, log, system })
  const port = async (at = gateway) => (await proxies.lookUp(at, never)).ways[0]?.port
  return { clock, proxies, port, lines, asked: () => asked, forgotten: () => forgotten }
}

describe('what this computer says', () => {
  it('holds for five minutes, for each gateway by itself', async () => {
    const { clock, port } = scene()
    expect(await port()).toBe(1)
    await clock.pass(299_999)
    expect(await port()).toBe(1)
    expect(await port({ host: 'other.corp', port: 443 })).toBe(2)
    await clock.pass(1)
    expect(await port()).toBe(3)
  })

  it('is asked for once by all who want it at the same time', async () => {
    const { port, asked } = scene()
    expect(await Promise.all([port(), port(), port()])).toEqual([1, 1, 1])
    expect(asked()).toBe(1)
  })

  it('is asked for anew after a network change', async () => {
    const { proxies, port, forgotten } = scene()
    await port()
    proxies.networkChanged()
    expect(await port()).toBe(2)
    expect(forgotten()).toBe(1)
  })

  it('is doubted when a proxy is out of reach, unless it is young', async () => {
    const { clock, proxies, port, forgotten } = scene()
    await port()
    proxies.doubt()
    expect(await port()).toBe(1)
    expect(forgotten()).toBe(0)
    await clock.pass(5_000)
    proxies.doubt()
    proxies.doubt()
    expect(await port()).toBe(2)
    expect(forgotten()).toBe(1)
  })

  it('does not hold over a sleep in which one clock stands still', async () => {
    const { clock, port } = scene()
    await port()
    const wall = clock.wall.bind(clock)
    clock.wall = () => wall() + 3_600_000
    expect(await port()).toBe(2)
  })

  it('is the environment’s word before all else', async () => {
    const { proxies, asked } = scene(undefined, { HTTPS_PROXY: 'e:1' })
    expect(printAnswer(await proxies.lookUp(gateway, never))).toBe('e:1 (environment HTTPS_PROXY)')
    expect(asked()).toBe(0)
  })

  it('is the direct way where nobody says anything', async () => {
    const { proxies } = scene(async () => undefined)
    expect(printAnswer(await proxies.lookUp(gateway, never))).toBe('direct: nothing names a proxy')
  })

  it('stands in the log when it changes, and only then', async () => {
    const answer = (host: string): SystemAnswer => ({
      ways: [{ kind: 'http', host, port: 1 }],
      source: 'a test',
    })
    const { proxies, port, lines } = scene(async asked => answer(asked < 3 ? 'a' : 'b'))
    for (let i = 0; i < 4; i++) {
      await port()
      proxies.networkChanged()
    }
    const url = 'https://gw.corp/'
    expect(lines).toEqual([
      { gateway: url, said: 'a:1 (a test)' },
      { gateway: url, said: 'b:1 (a test)' },
    ])
  })

  it('that could not be found out is asked for again the next time', async () => {
    const { port } = scene(async asked => {
      if (asked === 1) throw new TildegateError('system-proxy-unavailable', { reason: 'a test' })
      return { ways: [{ kind: 'http', host: 'p', port: asked }], source: 'a test' }
    })
    await expect(port()).rejects.toMatchObject({ code: 'system-proxy-unavailable' })
    expect(await port()).toBe(2)
  })

  it('is waited for no longer than 10 s, and whoever was asked is told', async () => {
    let given: AbortSignal | undefined
    const { clock, port } = scene((_, signal) => {
      given = signal
      return new Promise(() => {})
    })
    const ending = port()
    ending.catch(() => {})
    await clock.pass(10_000)
    await expect(ending).rejects.toMatchObject({ details: { reason: 'no answer within 10 s' } })
    expect(given?.aborted).toBe(true)
    expect(clock.waiting).toBe(0)
  })

  it('is not waited for by who has left, and still comes for who has not', async () => {
    let answer = (_: SystemAnswer) => {}
    const { proxies } = scene(
      () =>
        new Promise(resolve => {
          answer = resolve
        }),
    )
    const controller = new AbortController()
    const [left, stayed] = [proxies.lookUp(gateway, controller.signal), proxies.lookUp(gateway, never)]
    controller.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    answer({ ways: [undefined], source: 'direct: a test' })
    expect(printAnswer(await stayed)).toBe('direct: a test')
  })

  it('is kept for 64 gateways', async () => {
    const { port, asked } = scene()
    for (let i = 0; i < 65; i++) await port({ host: `gw${i}`, port: 443 })
    await port({ host: 'gw64', port: 443 })
    expect(asked()).toBe(65)
    await port({ host: 'gw0', port: 443 })
    expect(asked()).toBe(66)
  })
})

describe('Electron', () => {
  const ask = (result: string) => {
    const urls: string[] = []
    const system = askByElectron(async url => {
      urls.push(url)
      return result
    })
    return { urls, answer: system.ask({ host: 'fd00::1', port: 8443 }, never) }
  }

  it('is asked with the gateway’s URL, and its answer is read like that of a PAC file', async () => {
    const { urls, answer } = ask('PROXY p:8080;SOCKS5 s:1080; DIRECT')
    const said = await answer
    expect(said && printAnswer(said)).toBe(
      'p:8080, else socks5://s:1080, else direct (the system’s settings)',
    )
    expect(urls).toEqual(['https://[fd00::1]:8443/'])
  })

  it('may say the direct way, or nothing that we speak', async () => {
    const said = await ask('DIRECT').answer
    expect(said && printAnswer(said)).toBe('direct: the system’s settings')
    await expect(ask('SOCKS4 s:1080').answer).rejects.toMatchObject({ code: 'system-proxy-unavailable' })
  })
})
