import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { autostartEntry, linuxPlace } from '../../../electron/autostart-entry.ts'
import { ActivityLog } from '../../../electron/engine/activity/activity-log.ts'
import { activityOf, beginning, type Course } from '../../../electron/engine/activity/activity-of.ts'
import { findServices } from '../../../electron/engine/services/find-services.ts'
import { pageTitle } from '../../../electron/engine/services/page-title.ts'
import { systemClock } from '../../../net/world.ts'
import type { ActivityEvent, TunnelView } from '../../../shared/ipc/views.ts'
import { temporaryFolder } from '../../support/files.ts'
import { tunnelViewTwin as view } from '../../support/tunnel-view-twin.ts'

describe('the activity of a tunnel', () => {
  const course = (views: readonly (readonly [number, TunnelView])[]) => {
    let state: Course = beginning
    return views.flatMap(([at, seen]) => {
      const [next, event] = activityOf(state, seen, at)
      state = next
      return event === undefined ? [] : [event]
    })
  }
  const problem = { code: 'gateway-silent', message: 'x', mend: 'y', details: {} } as const

  it('is told when it connects, is lost, and is back with how long it was away', () => {
    const events = course([
      [0, view({ state: 'dialling' })],
      [1, view()],
      [2, view()],
      [1000, view({ state: 'waiting', problem })],
      [2000, view({ state: 'dialling', problem })],
      [2500, view()],
    ])
    expect(events.map(({ kind, awayMs }) => [kind, awayMs])).toEqual([
      ['connected', undefined],
      ['lost', undefined],
      ['connected', 1500],
    ])
  })

  it('tells a failure that stays once', () => {
    const waiting = view({ state: 'waiting', problem })
    expect(
      course([
        [0, waiting],
        [1, view({ state: 'dialling' })],
        [2, waiting],
      ]).map(({ kind }) => kind),
    ).toEqual(['failed'])
  })
})

describe('the log of what happened', () => {
  it('outlives a restart, stays bounded, and leaves out what it cannot read', () => {
    const folder = temporaryFolder({ 'activity.jsonl': 'torn {\n{"at":1,"kind":"woke"}\n' })
    const heard: ActivityEvent[] = []
    const log = new ActivityLog(folder, event => heard.push(event))
    for (let at = 2; at < 2_500; at += 1) log.add({ at, kind: 'woke' })
    expect(heard).toHaveLength(2_498)
    const again = new ActivityLog(folder, () => {}).list()
    expect(again).toHaveLength(1_000)
    expect(again.at(-1)?.at).toBe(2_499)
  })
})

describe('the look at local services', () => {
  async function site(
    answer: (url: string) => { status?: number; location?: string; body?: string },
  ): Promise<number> {
    const server = createServer((request, response) => {
      const { status = 200, location, body = '' } = answer(request.url ?? '')
      response
        .writeHead(status, { 'Content-Type': 'text/html', ...(location ? { Location: location } : {}) })
        .end(body)
    })
    server.listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    return (server.address() as AddressInfo).port
  }

  it('tells name, address and title of what answers, and nothing of ports that do not', async () => {
    const plain = await site(() => ({ body: '<html><head><title>Node-RED &amp; more</title>' }))
    const moved = await site(url =>
      url === '/' ? { status: 302, location: '/web/' } : { body: '<title>Deep</title>' },
    )
    const away = await site(() => ({ status: 302, location: 'http://203.0.113.1/' }))
    const found = await findServices({ clock: systemClock, ports: [[plain, 'Usual'], [moved], [away], [1]] })
    expect(found.map(({ title, name }) => [title, name])).toEqual(
      [
        [plain, ['Node-RED & more', 'Usual']],
        [moved, ['Deep', undefined]],
        [away, [undefined, undefined]],
      ]
        .toSorted(([a], [b]) => Number(a) - Number(b))
        .map(([, told]) => told),
    )
    expect(found.find(({ port }) => port === plain)?.url).toBe(`http://127.0.0.1:${plain}/`)
  })

  it.each([
    ['<title>a\n  b</title>', 'a b'],
    ['<TITLE lang="en">&lt;img src=x onerror=alert(1)&gt;</TITLE>', '<img src=x onerror=alert(1)>'],
    ['<title>&#72;&#x69;&#0;&#xd800;</title>', 'Hi'],
    ['<title>\u202Egnp.exe</title>', 'gnp.exe'],
    [`<title>${'x'.repeat(500)}</title>`, `${'x'.repeat(79)}…`],
    ['<title></title>', undefined],
    ['no page at all', undefined],
  ])('takes a title as text: %s', (html, title) => {
    expect(pageTitle(html)).toBe(title)
  })
})

describe('the start at login on Linux', () => {
  it('quotes the program as the desktop entry wants it', () => {
    expect(autostartEntry('/opt/a "b"/$x%/tilde`gate')).toContain(
      'Exec="/opt/a \\\\"b\\\\"/\\\\$x%%/tilde\\\\`gate" --hidden\n',
    )
  })

  it('starts the AppImage itself, in the folder that the session reads', () => {
    expect(
      linuxPlace({ APPIMAGE: '/home/a/T.AppImage', XDG_CONFIG_HOME: 'relative' }, '/home/a', '/tmp/.mount/x'),
    ).toEqual({
      config: '/home/a/.config',
      program: '/home/a/T.AppImage',
    })
  })
})
