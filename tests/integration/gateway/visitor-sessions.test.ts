/** Sessions of visitors who are logged in: what ends them, and how often a password may be guessed. */
import { describe, expect, test } from 'vitest'
import { gatedGateway, visitorPassword as password } from '../../support/gated-gateway.ts'
import { basic, GatedVisitor, visitorsOf } from '../../support/gated-visitor.ts'
import { runGateway } from '../../support/running-gateway.ts'

describe('a session of a visitor', () => {
  test('cannot be forged, cut short or taken to another tunnel', async () => {
    const { url, agent } = await runGateway({ balance: '/~~srv=pw#:*;\n/~~other=pw#:*;\n' })
    const visitors = await visitorsOf(password)
    await agent({ hello: { visitors } })
    await agent({ name: 'other', hello: { visitors } })
    const someone = new GatedVisitor(url)
    await someone.logIn('/~~srv/', password)
    const cookie = someone.cookiesFor('/~~srv/').split('; ')[0] ?? ''
    expect(cookie).toMatch(/^tildegate-visitor=1\./)
    const [version, until, id, mac = ''] = cookie.slice('tildegate-visitor='.length).split('.')
    const later = (Number.parseInt(until ?? '', 36) + 1).toString(36)
    const forged = [
      `${version}.${later}.${id}.${mac}`,
      `${version}.${until}.${id}.${mac.slice(0, -1)}`,
      `${version}.${until}.${id}.${'A'.repeat(43)}`,
      `${version}.${until}.${id}.`,
      '',
      'ä',
      'x'.repeat(5000),
    ]
    const stranger = new GatedVisitor(url)
    const status = async (path: string, text: string) =>
      (await stranger.ask(path, { headers: { cookie: text } })).status
    for (const value of forged) expect(await status('/~~srv/', `tildegate-visitor=${value}`)).toBe(401)
    expect(await status('/~~other/', cookie)).toBe(401)
    expect(await status('/~~srv/', cookie)).toBe(200)
    // A page of another tunnel can set cookies of the same name beside it.
    expect(await status('/~~srv/', `tildegate-visitor=junk; ${cookie}`)).toBe(200)
  })

  test('ends by logging out, also for who has copied the cookie, and not by a mere link', async () => {
    const { visitor, url } = await gatedGateway()
    const someone = visitor()
    await someone.logIn('/~~srv/', password)
    const copied = someone.cookiesFor('/~~srv/')
    const asked = await someone.ask('/~~srv/.tildegate/logout')
    expect([asked.status, (await someone.ask('/~~srv/')).status]).toEqual([200, 200])
    expect(asked.body).toContain('Log out')
    const { status, headers } = await someone.logOut('/~~srv/')
    expect([status, headers.location]).toEqual([303, '/~~srv/'])
    expect(someone.cookiesFor('/~~srv/')).toBe('tildegate-route=srv')
    expect((await new GatedVisitor(url).ask('/~~srv/', { headers: { cookie: copied } })).status).toBe(401)
  })

  test('outlives a reconnect and a restart of the gateway, and ends when the password changes', async () => {
    const first = await gatedGateway()
    const someone = first.visitor()
    await someone.logIn('/~~srv/', password)
    const cookie = someone.cookiesFor('/~~srv/')
    const second = await runGateway()
    const resumed = await second.agent({ hello: { visitors: first.visitors } })
    const later = new GatedVisitor(second.url)
    expect((await later.ask('/~~srv/', { headers: { cookie } })).status).toBe(200)
    await second.agent({ resume: resumed, hello: { visitors: await visitorsOf('another') } })
    expect((await later.ask('/~~srv/', { headers: { cookie } })).status).toBe(401)
    expect((await later.logIn('/~~srv/', password)).status).toBe(401)
    expect((await later.logIn('/~~srv/', 'another')).status).toBe(303)
  })
})

describe('wrong passwords', () => {
  const limits = { visitorGuessesPerTunnelAndAddressPerMinute: 3, deadMs: 1e9 }

  test('count once where a program repeats the same, and a right one is checked once', async () => {
    const { url } = await gatedGateway({ limits })
    const program = new GatedVisitor(url, { accept: '*/*' })
    for (let i = 0; i < 6; i++)
      expect((await program.ask('/~~srv/', { headers: basic('wrong') })).status).toBe(401)
    for (let i = 0; i < 6; i++)
      expect((await program.ask('/~~srv/', { headers: basic(password) })).status).toBe(200)
  })

  test('count while they are checked: many at once are not so many guesses', async () => {
    const { visitor } = await gatedGateway({ limits })
    const tries = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map(word => visitor().logIn('/~~srv/', word)),
    )
    expect(tries.map(({ status }) => status).toSorted()).toEqual([401, 401, 401, 429, 429, 429])
  })

  test('wait for each other, and no more of them than there is room for', async () => {
    const { visitor } = await gatedGateway({
      limits: { visitorHashesAtOnce: 1, visitorHashQueue: 2, visitorHashQueuePerTunnel: 2 },
    })
    const words = ['a', 'b', 'c', 'd', 'e', 'f']
    const tries = await Promise.all(words.map(word => visitor().logIn('/~~srv/', word)))
    const busy = tries.filter(({ status }) => status === 503)
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(3)
    expect(busy).toHaveLength(3)
    expect(busy[0]?.headers['retry-after']).toBeDefined()
    expect((await visitor().logIn('/~~srv/', password)).status).toBe(303)
  })
})
