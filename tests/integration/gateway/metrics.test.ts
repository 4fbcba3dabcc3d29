/** Names, units and texts of `/metrics`, after some traffic, by the rules that Prometheus' own tool checks. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../support/files.ts'
import { isInstalled } from '../../support/other-programs.ts'
import { blocksOf, fillIn } from '../../support/recipe.ts'
import { runGateway } from '../../support/running-gateway.ts'

const hasPromtool = isInstalled('promtool', '--version')

async function metricsAfterTraffic(): Promise<string> {
  const { agent, gateway } = await runGateway({
    listen: [
      { host: '127.0.0.1', port: 0, tls: false },
      { host: '127.0.0.1', port: 0, tls: true },
    ],
    admin: { host: '127.0.0.1', port: 0 },
  })
  await agent({ target: (_, response) => void response.end('served') })
  const [plain] = gateway.listeners
  for (const path of ['/~~srv/', '/~~none/', '/nothing'])
    await fetch(`${plain?.url}${path}`).then(answer => answer.arrayBuffer())
  await expect(agent({ password: 'wrong' })).rejects.toMatchObject({ code: 'password-refused' })
  await gateway.reload()
  return (await fetch(`${gateway.admin?.url}/metrics`)).text()
}

/** As promtool says it: nothing where all is well. */
function check(what: string, input: string) {
  const file = what === 'metrics' ? [] : [join(temporaryFolder({ file: input, ...named }), 'file')]
  const { status, stdout, stderr } = spawnSync('promtool', ['check', what, ...file], {
    input,
    encoding: 'utf8',
  })
  return { status, said: stdout + stderr }
}

/** What the page's configuration names beside itself. */
const named = { 'tildegate.rules.yml': 'groups: []\n' }
const [scraping = '', rules = ''] = blocksOf('metrics.md')

describe('/metrics', () => {
  test.skipIf(!hasPromtool)('is as promtool wants it [needs: apt-get install prometheus]', async () => {
    expect(check('metrics', await metricsAfterTraffic())).toEqual({ status: 0, said: '' })
  })

  test('is what docs/operations/metrics.md says, and no more is asked for there', async () => {
    const metrics = await metricsAfterTraffic()
    const types = new Map(
      [...metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]),
    )
    const rows = [...metrics.matchAll(/^# HELP (tildegate_\S+) (.+)$/gm)].map(
      ([, name, help]) => `| \`${name}\` | ${types.get(name)} | ${help} |`,
    )
    const page = readFileSync(new URL('../../../docs/operations/metrics.md', import.meta.url), 'utf8')
    const cells = [...page.matchAll(/^\| `tildegate_.*$/gm)].map(([row]) => `${row.split('|', 4).join('|')}|`)
    expect(cells.toSorted()).toEqual(rows.toSorted())
    const asked = [...rules.matchAll(/\b(?:tildegate|nodejs|process)_\w+/g)].map(([name]) => name)
    for (const name of asked) expect([...types.keys()]).toContain(name)
  })

  test.skipIf(!hasPromtool)(
    'is scraped and watched as that page says [needs: apt-get install prometheus]',
    () => {
      const token = '/etc/prometheus/tildegate-token'
      const folder = temporaryFolder({ token: 'x' })
      const own = fillIn(scraping, [[token, join(folder, 'token')]])
      expect(check('config', own)).toMatchObject({ status: 0 })
      expect(check('rules', rules)).toMatchObject({
        status: 0,
        said: expect.stringMatching(/SUCCESS: 7 rules/),
      })
    },
  )
})
