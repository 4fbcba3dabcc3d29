/** Limits of tunnels that ask for a visitor password: whoever met one gets in as ever once it has passed. */
import { describe, expect } from 'vitest'
import { HashQueue } from '../../../gateway/gate/hash-queue.ts'
import { gatewayLimits } from '../../../gateway/limits.ts'
import { bites } from '../../support/bites.ts'
import { gatedGateway, visitorPassword as password } from '../../support/gated-gateway.ts'
import { asBrowser, basic, GatedVisitor, visitorsOf } from '../../support/gated-visitor.ts'
import { RawPeer } from '../../support/raw-peer.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** Of a program that sends its password each time. */
const knocking = (url: string) => {
  const program = new GatedVisitor(url, { accept: '*/*' })
  return async (word: string) => (await program.ask('/~~srv/', { headers: basic(word) })).status
}

bites('visitorSessionMs', 'who is logged in for longer is asked again, and logs in again', async () => {
  const clock = new ShiftedClock()
  const { visitor } = await gatedGateway({ clock, limits: { visitorSessionMs: 600_000, deadMs: 1e9 } })
  const someone = visitor()
  await someone.logIn('/~~srv/', password)
  clock.leap(500_000)
  expect((await someone.ask('/~~srv/')).status).toBe(200)
  clock.leap(101_000)
  expect((await someone.ask('/~~srv/')).status).toBe(401)
  expect((await someone.logIn('/~~srv/', password)).status).toBe(303)
  expect((await someone.ask('/~~srv/')).status).toBe(200)
})

describe('a login', () => {
  const login = (port: number, framing: string, body: string) =>
    `POST /~~srv/.tildegate/login HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\n` +
    `Content-Type: application/x-www-form-urlencoded\r\n${framing}\r\n\r\n${body}`

  bites('visitorLoginBytes', 'a larger form is 400, and one that is not logs in', async () => {
    const { port, visitor } = await gatedGateway({ limits: { visitorLoginBytes: 100 } })
    const chunk = '65\r\n'
    for (const [framing, body] of [
      ['Content-Length: 101', ''],
      ['Transfer-Encoding: chunked', `${chunk}${'a'.repeat(101)}`],
    ] as const) {
      const peer = await RawPeer.connect(port)
      peer.send(login(port, framing, body))
      await peer.until('HTTP/1.1 400 ')
      await peer.closed
    }
    expect((await visitor().logIn('/~~srv/', password)).status).toBe(303)
  })

  bites('visitorLoginMs', 'a form that does not arrive is 408, and one that does logs in', async () => {
    const clock = new VirtualClock()
    const { port, visitor } = await gatedGateway({ clock })
    const peer = await RawPeer.connect(port)
    const timers = clock.waiting
    peer.send(login(port, 'Content-Length: 20', 'password='))
    await expect.poll(() => clock.waiting).toBeGreaterThan(timers)
    await clock.pass(14_999)
    expect(peer.received).toBe('')
    await clock.pass(1)
    await peer.until('HTTP/1.1 408 ')
    expect((await visitor().logIn('/~~srv/', password)).status).toBe(303)
  })
})

describe('wrong passwords', () => {
  bites(
    'visitorGuessesPerTunnelAndAddressPerMinute',
    'keep out the right one too, by form and Basic alike, and no longer than a minute; who is logged in does not notice',
    async () => {
      const clock = new ShiftedClock()
      const limits = { visitorGuessesPerTunnelAndAddressPerMinute: 3, deadMs: 1e9 }
      const { visitor, url, lines } = await gatedGateway({ clock, limits })
      const insider = visitor()
      await insider.logIn('/~~srv/', password)
      const program = new GatedVisitor(url, { accept: '*/*' })
      const someone = visitor()
      const tries = [
        await someone.logIn('/~~srv/', 'wrong 1', { back: 'x' }),
        await program.ask('/~~srv/', { headers: basic('wrong 2') }),
        await someone.logIn('/~~srv/', 'wrong 3'),
        await someone.logIn('/~~srv/', password),
        await program.ask('/~~srv/', { headers: basic(password) }),
      ]
      expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429])
      expect(tries[0]?.body).toContain('This password is wrong')
      expect(tries[0]?.body).toContain('name="back" value="x"')
      expect(Number(tries[3]?.headers['retry-after'])).toBeGreaterThan(30)
      expect(Number(tries[3]?.headers['retry-after'])).toBeLessThanOrEqual(60)
      expect((await insider.ask('/~~srv/')).status).toBe(200)
      expect(lines.join()).toContain('visitor-guesses')
      expect(lines.join()).not.toMatch(/wrong 1|sesame/)
      clock.leap(60_000)
      expect((await someone.logIn('/~~srv/', password)).status).toBe(303)
    },
  )

  bites(
    'visitorGuessesPerAddressPerMinute',
    'keep out of all tunnels the address that they come from, and it alone, and no longer than a minute',
    async () => {
      const clock = new ShiftedClock()
      const { url, agent } = await runGateway({
        ...{ clock, balance: '/~~srv=pw#:*;\n/~~other=pw#:*;\n', trustForwardedFrom: ['127.0.0.1'] },
        limits: { visitorGuessesPerAddressPerMinute: 2, deadMs: 1e9 },
      })
      const visitors = await visitorsOf(password)
      await agent({ hello: { visitors } })
      await agent({ name: 'other', hello: { visitors } })
      const from = (address: string) => new GatedVisitor(url, { ...asBrowser, 'x-forwarded-for': address })
      const someone = from('192.0.2.1')
      const tries = [
        await someone.logIn('/~~srv/', 'a'),
        await someone.logIn('/~~other/', 'b'),
        await someone.logIn('/~~srv/', password),
        await someone.logIn('/~~other/', password),
        await from('192.0.2.2').logIn('/~~srv/', password),
      ]
      expect(tries.map(({ status }) => status)).toEqual([401, 401, 429, 429, 303])
      clock.leap(60_000)
      expect((await someone.logIn('/~~srv/', password)).status).toBe(303)
    },
  )

  bites('rememberedLogins', 'one more is forgotten and checked anew, and the latest is not', async () => {
    const limits = { rememberedLogins: 1, visitorGuessesPerTunnelAndAddressPerMinute: 3, deadMs: 1e9 }
    const clock = new ShiftedClock()
    const { url } = await gatedGateway({ clock, limits })
    const knock = knocking(url)
    // Counted when it is checked: a, b, and a again.
    for (const word of ['a', 'a', 'b', 'b', 'a']) expect(await knock(word)).toBe(401)
    expect(await knock('a')).toBe(429)
    clock.leap(60_000)
    expect(await knock('a')).toBe(401)
    expect(await knock(password)).toBe(200)
  })

  bites(
    'rememberedLoginMs',
    'after it the same one is checked anew, and the right one gets in as ever',
    async () => {
      const limits = { rememberedLoginMs: 25_000, visitorGuessesPerTunnelAndAddressPerMinute: 2, deadMs: 1e9 }
      const clock = new ShiftedClock()
      const { url } = await gatedGateway({ clock, limits })
      const knock = knocking(url)
      for (let i = 0; i < 3; i++) expect(await knock('a')).toBe(401)
      clock.leap(25_000)
      expect(await knock('a')).toBe(401)
      expect(await knock('a')).toBe(429)
      clock.leap(60_000)
      expect(await knock(password)).toBe(200)
      clock.leap(25_000)
      expect(await knock(password)).toBe(200)
    },
  )
})

bites(
  'endedVisitorSessions',
  'the oldest copy of a cookie is good again, and the latest is not',
  async () => {
    const { visitor } = await gatedGateway({ limits: { endedVisitorSessions: 1 } })
    const copies: string[] = []
    for (let i = 0; i < 2; i++) {
      const someone = visitor()
      await someone.logIn('/~~srv/', password)
      copies.push(someone.cookiesFor('/~~srv/'))
      await someone.logOut('/~~srv/')
    }
    const status = async (cookie = '') => (await visitor().ask('/~~srv/', { headers: { cookie } })).status
    expect([await status(copies[0]), await status(copies[1])]).toEqual([200, 401])
    expect((await visitor().logIn('/~~srv/', password)).status).toBe(303)
  },
)

bites(
  'visitorHashCost',
  'an agent that asks for more is refused, and one that does not is taken',
  async () => {
    const { agent } = await runGateway({ limits: { visitorHashCost: 2 ** 16 } })
    const { scrypt } = await visitorsOf(password)
    const asking = (more: Partial<typeof scrypt>) =>
      agent({ hello: { visitors: { scrypt: { ...scrypt, ...more } } } })
    await expect(asking({ n: 2 ** 17 })).rejects.toThrow('switched this name off')
    await expect(asking({ p: 8 })).rejects.toThrow('switched this name off')
    await (await asking({ n: 2 ** 16 })).ping()
  },
)

describe('checking passwords', () => {
  /** Whose checks end when the test says so. */
  function queueTwin(limits: Parameters<typeof gatewayLimits>[0] = {}) {
    const clock = new VirtualClock()
    const queue = new HashQueue(clock, gatewayLimits(limits))
    const ends: (() => void)[] = []
    const check = (tunnel: string) =>
      queue.run(tunnel, new AbortController().signal, () => new Promise<void>(end => ends.push(end)))
    return { clock, queue, ends, check }
  }
  const busy = { code: 'tunnel-busy' }

  bites('visitorHashesAtOnce', 'one more waits, and begins when one has ended', async () => {
    const { queue, ends, check } = queueTwin({ visitorHashesAtOnce: 2 })
    const checks = [check('a'), check('b'), check('c')]
    expect(queue.counts).toEqual({ running: 2, waiting: 1 })
    ends[0]?.()
    await expect.poll(() => ends.length).toBe(3)
    for (const end of ends) end()
    await Promise.all(checks)
    expect(queue.counts).toEqual({ running: 0, waiting: 0 })
  })

  bites('visitorHashQueue', 'one more is turned away, and the next one waits again', async () => {
    const { queue, ends, check } = queueTwin({ visitorHashesAtOnce: 1, visitorHashQueue: 2 })
    void check('a')
    const waiting = [check('b'), check('c')]
    await expect(check('d')).rejects.toMatchObject(busy)
    ends[0]?.()
    await expect.poll(() => ends.length).toBe(2)
    waiting.push(check('d'))
    expect(queue.counts).toEqual({ running: 1, waiting: 2 })
    for (let i = 1; i < 4; i++) {
      await expect.poll(() => ends.length).toBeGreaterThan(i)
      ends[i]?.()
    }
    await Promise.all(waiting)
  })

  bites(
    'visitorHashQueuePerTunnel',
    'one more for the same tunnel is turned away, and those for others wait',
    async () => {
      const { queue, ends, check } = queueTwin({ visitorHashesAtOnce: 1, visitorHashQueuePerTunnel: 1 })
      void check('a')
      const waiting = [check('a')]
      await expect(check('a')).rejects.toMatchObject(busy)
      waiting.push(check('b'))
      expect(queue.counts).toEqual({ running: 1, waiting: 2 })
      ends[0]?.()
      await expect.poll(() => ends.length).toBe(2)
      waiting.push(check('a'))
      expect(queue.counts).toEqual({ running: 1, waiting: 2 })
      for (let i = 1; i < 4; i++) {
        await expect.poll(() => ends.length).toBeGreaterThan(i)
        ends[i]?.()
      }
      await Promise.all(waiting)
    },
  )

  bites('visitorHashQueueMs', 'who waits longer is turned away, and the next one is checked', async () => {
    const { clock, queue, ends, check } = queueTwin({ visitorHashesAtOnce: 1 })
    const first = check('a')
    const refused = expect(check('b')).rejects.toMatchObject(busy)
    await clock.pass(9_999)
    expect(queue.counts.waiting).toBe(1)
    await clock.pass(1)
    await refused
    ends[0]?.()
    await first
    const next = check('b')
    ends[1]?.()
    await next
    expect(clock.waiting).toBe(0)
  })
})
