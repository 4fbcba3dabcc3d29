/** PAC files at work: ordinary ones, and ones that try to get out, to stay forever, to take all memory or to wait for names. */
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type PacParts, runPac } from '../../../net/system-proxy/pac/run-pac.ts'
import { PacFailure } from '../../../net/system-proxy/settings.ts'
import { systemClock } from '../../../net/world.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const names: Readonly<Record<string, readonly string[]>> = {
  'in.corp': ['10.1.2.3'],
  'both.corp': ['fd00::7', '10.1.2.4'],
  'six.corp': ['fd00::8'],
}

function signalOnce(): { started: Promise<void>; start: () => void } {
  let start = () => {}
  const started = new Promise<void>(resolve => {
    start = resolve
  })
  return { started, start }
}

function run(script: string, parts: Partial<PacParts> = {}, signal = new AbortController().signal) {
  const task = { script, url: 'https://gw.example/', host: 'gw.example' }
  return runPac(
    task,
    {
      clock: systemClock,
      resolveName: async name => names[name] ?? Promise.reject(new Error('unknown')),
      ownAddresses: async () => ['10.9.9.9', 'fd00::9'],
      ...parts,
    },
    signal,
  )
}

/** The value of one expression. */
const value = (expression: string) =>
  run(`function FindProxyForURL(url, host) { return String(${expression}) }`)

describe('a PAC file', () => {
  it.each([
    ['url + " " + host', 'https://gw.example/ gw.example'],
    ['dnsResolve("in.corp")', '10.1.2.3'],
    ['dnsResolve("both.corp")', '10.1.2.4'],
    ['dnsResolve("six.corp")', 'null'],
    ['dnsResolve("nowhere")', 'null'],
    ['isResolvable("in.corp")', 'true'],
    ['isResolvable("nowhere")', 'false'],
    ['isInNet("in.corp", "10.0.0.0", "255.0.0.0")', 'true'],
    ['isInNet("nowhere", "10.0.0.0", "255.0.0.0")', 'false'],
    ['myIpAddress()', '10.9.9.9'],
    ['myIpAddressEx()', '10.9.9.9;fd00::9'],
    ['dnsResolveEx("both.corp")', 'fd00::7;10.1.2.4'],
    ['isResolvableEx("six.corp")', 'true'],
    ['shExpMatch(host, "*.example")', 'true'],
    ['["in.corp"].some(function (h) { return isInNet(h, "10.0.0.0", "255.0.0.0") })', 'true'],
    ['((h) => isResolvable(h))("in.corp")', 'true'],
    ['null?.x ?? "new syntax"', 'new syntax'],
    ['alert("x")', 'null'],
    ['typeof dateRange(1, 31)', 'boolean'],
  ])('calculates %s', async (expression, expected) => {
    expect(await value(expression)).toBe(expected)
  })

  it('that returns nothing says the direct way', async () => {
    expect(await run('function FindProxyForURL() {}')).toBe('')
    expect(await run('function FindProxyForURL() { return null }')).toBe('')
  })

  it('resolves an address without asking anybody', async () => {
    const { resolveName } = await import('../../../net/system-proxy/pac/pac-files.ts')
    expect(await resolveName('10.0.0.1')).toEqual(['10.0.0.1'])
  })

  it.each([
    ['is a web page', '<html><body>Please log in</body></html>', /failed \(SyntaxError: /],
    ['has no FindProxyForURL', 'var a = 1', /failed \(ReferenceError: FindProxyForURL is not defined\)/],
    ['throws', 'function FindProxyForURL() { throw new Error("no\\nway") }', /failed \(Error: no\?way\)/],
    ['throws a text', 'function FindProxyForURL() { throw "x" }', /failed \(/],
    ['returns a number', 'function FindProxyForURL() { return 7 }', /FindProxyForURL returned no text/],
    [
      'never stops calling itself',
      'function FindProxyForURL() { return FindProxyForURL() + 1 }',
      /failed \(/,
    ],
    ['nests without end', 'eval("(".repeat(1e5))', /failed \(/],
    ['asks for a huge buffer', 'new ArrayBuffer(1e9)', /failed \(InternalError: out of memory\)/],
    ['asks for a huge text', '"a".repeat(1e9)', /failed \(/],
  ])('that %s fails, and says how', async (_, script, reason) => {
    const failure = await run(script).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PacFailure)
    expect(String(failure)).toMatch(reason)
  })

  it.each([
    ['typeof process + typeof require + typeof module', 'undefinedundefinedundefined'],
    ['typeof fetch + typeof setTimeout + typeof console', 'undefinedundefinedundefined'],
    ['typeof WebAssembly + typeof Atomics', 'undefinedundefined'],
    ['this.constructor.constructor("return typeof process")()', 'undefined'],
    ['dnsResolve.constructor("return typeof process")()', 'undefined'],
    ['(function () { try { return isInNet.caller.x } catch (e) { return "none" } })()', 'none'],
    [
      '(function () { try { dnsResolve({ toString: null }); return "kept" } catch (e) { return e.stack } })()',
      'kept',
    ],
    ['dnsResolve({ get x() { throw 1 } })', 'null'],
  ])('cannot get out by %s', async (expression, expected) => {
    expect(await value(expression)).toBe(expected)
  })

  it('cannot load a module', async () => {
    expect(
      await run('import("node:fs"); import("std"); function FindProxyForURL() { return "DIRECT" }'),
    ).toBe('DIRECT')
    await expect(run('import fs from "fs"')).rejects.toThrow(PacFailure)
  })

  it('that changes what it is given changes nothing for the next', async () => {
    await run('Object.prototype.x = 1; dnsResolve = 7; function FindProxyForURL() { return "DIRECT" }')
    expect(await value('({}).x + typeof dnsResolve')).toBe('undefinedfunction')
  })
})

describe('a PAC file that does not end', () => {
  /** Runs it until it asks for a name, which shows that it is at work; then its time is up. */
  async function cut(rest: string): Promise<unknown> {
    const clock = new VirtualClock()
    const { started, start } = signalOnce()
    const resolveName = async () => {
      start()
      return ['10.0.0.1']
    }
    const ending = run(`function FindProxyForURL() { dnsResolve("started"); ${rest} }`, {
      clock,
      resolveName,
    })
    ending.catch(() => {})
    await started
    await clock.pass(3_999)
    expect(clock.waiting).toBeGreaterThan(0)
    await clock.pass(1)
    const failure = await ending.catch((error: unknown) => error)
    expect(clock.waiting).toBe(0)
    return failure
  }

  it.each([
    ['loops', 'while (true) {}'],
    ['backtracks', '/(a+)+$/.test("a".repeat(50) + "b")'],
    ['fills its memory slowly', 'var all = []; while (true) all.push(new Array(1000).fill(1))'],
    ['catches what is thrown at it', 'while (true) try { new Array(1e6).fill({}) } catch (e) {}'],
  ])('because it %s is cut, and its thread is gone', async (_, rest) => {
    expect(await cut(rest)).toMatchObject({ name: 'PacFailure', message: 'took more than 4 s' })
  })

  it('does not hold up this thread', async () => {
    const clock = new VirtualClock()
    const { started, start } = signalOnce()
    const resolveName = async () => {
      start()
      return []
    }
    const ending = run('dnsResolve("started"); while (true) {}', { clock, resolveName })
    ending.catch(() => {})
    await started
    for (let turns = 0; turns < 100; turns++) await new Promise(resolve => setImmediate(resolve))
    await clock.pass(4_000)
    await expect(ending).rejects.toThrow(PacFailure)
  })

  it('is left at once when nobody wants to know any more', async () => {
    const controller = new AbortController()
    const resolveName = async () => {
      controller.abort(new Error('left'))
      return []
    }
    await expect(
      run('dnsResolve("started"); while (true) {}', { resolveName }, controller.signal),
    ).rejects.toThrow('left')
  })
})

describe('a name that a PAC file asks for', () => {
  it('counts as unknown when its server is silent', async () => {
    const silent = createSocket('udp4')
    silent.bind(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const resolver = new Resolver({ timeout: 60_000, tries: 1 })
    resolver.setServers([`127.0.0.1:${silent.address().port}`])
    onTestFinished(() => resolver.cancel())
    const clock = new VirtualClock()
    const ending = run('function FindProxyForURL() { return "PROXY " + dnsResolve("slow.corp") + ":1" }', {
      clock,
      resolveName: name => resolver.resolve4(name),
    })
    await once(silent, 'message')
    await clock.pass(1_500)
    expect(await ending).toBe('PROXY null:1')
  })

  it('is resolved at most 32 times in a run', async () => {
    let asked = 0
    const resolveName = async () => {
      asked++
      return ['10.0.0.1']
    }
    const script =
      'function FindProxyForURL() { for (var i = 0; i < 100; i++) dnsResolve("n" + i); return "DIRECT" }'
    expect(await run(script, { resolveName })).toBe('DIRECT')
    expect(asked).toBe(32)
  })
})
