/** Chains of real proxies: every scheme, user and order that the lab has, to an echo behind them. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { hopResolver } from '../../agent/index.ts'
import { CredentialGuard } from '../../net/auth/index.ts'
import { createDialer } from '../../net/dial/index.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { parseBackbalance } from '../../shared/balance/index.ts'
import { at, howToGetIt, isLabUp, ntlmCascade, of, ports, proxyCertificate, untilAccesses } from './lab.ts'

function answer(socket: Socket): void {
  socket.on('error', () => {})
  socket.write('early ')
  socket.pipe(socket)
}

const echo = createServer(answer)

/** Dials the echo through these hops, as an entry writes them, and exchanges a word with it. */
async function speak(
  hops: readonly string[],
  options: { guard?: CredentialGuard; host?: string; port?: number } = {},
): Promise<string> {
  const port = options.port ?? (echo.address() as AddressInfo).port
  const line = `/~~a=pw#http://${options.host ?? '127.0.0.1'}:${port} -> ${hops.join(' -> ')};`
  const [entry] = parseBackbalance(line, 'line').entries
  if (entry === undefined) throw new Error('not an entry')
  const dialer = createDialer({
    clock: systemClock,
    random: systemRandom,
    proxyCa: proxyCertificate(),
    resolveHops: hopResolver({ environment: {} }),
    ...(options.guard ? { guard: options.guard } : {}),
  })
  const { socket } = await dialer.dial(entry, { signal: AbortSignal.timeout(30_000) })
  socket.write('word')
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString()
    if (text.endsWith('word')) socket.end()
  })
  await once(socket, 'close')
  return text
}

describe.skipIf(!isLabUp)(`real proxies ${howToGetIt}`, () => {
  beforeAll(async () => {
    echo.listen(0, '127.0.0.1')
    await once(echo, 'listening')
  })
  afterAll(() => {
    echo.close()
  })

  it.each([
    ['no login', [at(ports.open)]],
    ['Basic, alice', [at(ports.basic, of('alice'))]],
    ['Basic, bob, whose password is not ASCII', [at(ports.basic, of('bob'))]],
    ['Basic, carol, whose password has colons', [at(ports.basic, of('carol'))]],
    ['Basic, jürgen, whose name is not ASCII', [at(ports.basic, of('jürgen'))]],
    ['NTLM, alice without a domain', [at(ports.ntlm, of('alice', ''))]],
    ['NTLM, alice of LAB', [at(ports.ntlm, of('alice', 'LAB'))]],
    ['NTLM, alice of lab.test', [at(ports.ntlm, of('alice', 'lab.test'))]],
    ['NTLM, bob', [at(ports.ntlm, of('bob', 'LAB'))]],
    ['NTLM, carol', [at(ports.ntlm, of('carol', ''))]],
    ['NTLM, jürgen', [at(ports.ntlm, of('jürgen', 'LAB'))]],
    ['NTLM where Negotiate and Basic are offered too', [at(ports.all, of('alice', 'LAB'))]],
    ['Basic where Negotiate and NTLM are offered too', [at(ports.all, of('alice'))]],
    ['Basic at a proxy that closes after a 407', [at(ports.closingBasic, of('alice'))]],
    ['NTLM at a proxy that closes after a 407', [at(ports.closingNtlm, of('bob', 'LAB'))]],
    ['Basic over TLS', [`https://${at(ports.tls, of('alice'))}`]],
    ['none, Basic, NTLM', [at(ports.open), at(ports.basic, of('carol')), at(ports.ntlm, of('alice', ''))]],
    ['NTLM, NTLM with different users', ntlmCascade],
    ['NTLM, then Basic over TLS', [at(ports.ntlm, of('alice', '')), `https://${at(ports.tls, of('bob'))}`]],
    [
      'a cascade of six',
      [
        at(ports.open),
        at(ports.basic, of('alice')),
        at(ports.ntlm, of('bob', 'LAB')),
        at(ports.closingNtlm, of('jürgen', '')),
        at(ports.closingBasic, of('carol')),
        at(ports.all, of('alice', 'LAB')),
      ],
    ],
  ])('let us through with %s, early bytes included', async (_, hops) => {
    expect(await speak(hops)).toBe('early word')
  })

  it('resolve the gateway’s name themselves', async () => {
    expect(await speak([at(ports.ntlm, of('alice', ''))], { host: 'target.lab.test' })).toBe('early word')
  })

  it('let 100 dials at once through a cascade of NTLM', { timeout: 60_000 }, async () => {
    const words = await Promise.all(Array.from({ length: 100 }, () => speak(ntlmCascade)))
    expect(new Set(words)).toEqual(new Set(['early word']))
  })

  it.each([
    ['no login where one is asked for', [at(ports.basic)], 'proxy-login-required', 1],
    ['Basic where NTLM is asked for', [at(ports.ntlm, of('alice'))], 'proxy-wants-ntlm', 1],
    ['NTLM where Basic is asked for', [at(ports.basic, of('alice', ''))], 'proxy-scheme-not-offered', 1],
    ['a wrong Basic password', [at(ports.basic, 'alice:wrong')], 'proxy-auth-refused', 1],
    ['a wrong NTLM password', [at(ports.ntlm, 'LAB\\alice:wrong')], 'proxy-auth-refused', 1],
    [
      'a wrong password at the second proxy',
      [at(ports.ntlm, of('bob', '')), at(ports.closingNtlm, 'LAB\\alice:wrong')],
      'proxy-auth-refused',
      2,
    ],
    ['a port that is no proxy', ['127.0.0.1:1'], 'proxy-unreachable', 1],
    ['a second proxy that is not there', [at(ports.open), '127.0.0.1:1'], 'proxy-far-side-failed', 1],
    ['a proxy over TLS that is spoken to in plain', [at(ports.tls, of('alice'))], undefined, 1],
  ])('say which one is wrong with %s', async (_, hops, code, hopIndex) => {
    await expect(speak(hops)).rejects.toMatchObject({ details: { hopIndex }, ...(code ? { code } : {}) })
  })

  it('never see the same wrong password more than twice, whoever tries', async () => {
    // An echo that nobody else asks for: other tests log in at this proxy at the same time.
    const own = createServer(answer).listen(0, '127.0.0.1')
    onTestFinished(() => void own.close())
    await once(own, 'listening')
    const { port } = own.address() as AddressInfo
    const logged = new RegExp(`/(\\d{3}) \\d+ CONNECT 127\\.0\\.0\\.1:${port} `)
    const guard = new CredentialGuard(systemRandom, systemClock)
    const hops = [at(ports.ntlm, 'LAB\\carol:wrong')]
    const codes: string[] = []
    for (let i = 0; i < 5; i++) {
      await speak(hops, { guard, port }).catch((error: { code: string }) => codes.push(error.code))
    }
    expect(codes).toEqual([
      'proxy-auth-refused',
      'proxy-auth-refused',
      ...Array(3).fill('proxy-auth-given-up'),
    ])
    expect(await speak([at(ports.ntlm, of('carol', 'LAB'))], { guard, port })).toBe('early word')
    // The proxy writes in order: once the tunnel is there, all is. Each login is a challenge and its answer.
    const statuses = await untilAccesses(ports.ntlm, logged, 6)
    expect(statuses).toEqual(['407', '407', '407', '407', '407', '200'])
  })
})
