/** The filter of docs/operations/log.md with the real fail2ban: whom it would shut out by what the gateway has logged. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { AgentTwin } from '../support/agent-twin.ts'
import { temporaryFolder } from '../support/files.ts'
import { isInstalled } from '../support/other-programs.ts'
import { startGateway, stopAll } from '../support/programs.ts'
import { blocksOf } from '../support/recipe.ts'

const filter = blocksOf('log.md').find(block => block.startsWith('[Definition]')) ?? ''

describe.skipIf(!isInstalled('fail2ban-regex', '--version'))(
  'the filter for fail2ban [needs: apt-get install fail2ban]',
  () => {
    afterEach(stopAll)

    it('finds who guesses passwords and tokens, in a file and in the journal, and nobody else', async () => {
      const folder = temporaryFolder({
        'balance.bin': '/~~home=pw#:*;\n',
        // No agent is on its way back: nobody waits for one.
        'tildegate.toml': '[limits]\nreturnMs = 0\n',
        token: '0123456789abcdef',
      })
      const words = ['--listen', '127.0.0.1:0', '--balance', join(folder, 'balance.bin')]
      const trust = ['--trust-forwarded', '127.0.0.1']
      const admin = ['--admin', '127.0.0.1:0', '--admin-token-file', join(folder, 'token')]
      const { program, host } = await startGateway([...words, ...trust, ...admin])
      const [, dashboard = ''] = await program.line(/^admin ready (\S+)/)
      const visit = (address: string, more: object = {}) =>
        fetch(`http://${host}/~~none/`, { headers: { 'x-forwarded-for': address, ...more } })

      // Who visits, and one who writes what the filter looks for into all that a visitor may choose.
      await visit('192.0.2.1')
      const forged = '"limit":"failed-guesses","address":"192.0.2.3",'
      await visit('192.0.2.2', { 'user-agent': forged, traceparent: forged })
      const guess = async () => {
        const headers = { authorization: 'Bearer wrong' }
        const asked = get(`${dashboard}/metrics`, { headers, localAddress: '127.0.0.9', agent: false })
        const [answer] = (await once(asked, 'response')) as [IncomingMessage]
        answer.resume()
        return answer.statusCode
      }
      while ((await guess()) === 401);
      const port = Number(new URL(`http://${host}`).port)
      const register = () => AgentTwin.connect({ port, name: 'home', password: 'wrong' })
      const isStillLookedAt = () =>
        register().then(
          () => false,
          (cause: { code?: string }) => cause.code === 'password-refused',
        )
      while (await isStillLookedAt());
      await program.logged(/"limit":"failed-guesses"/)

      for (const prefix of ['', 'gw tildegate[17]: ']) {
        const log = join(folder, 'log')
        writeFileSync(log, program.stderr.map(line => `${prefix}${line}\n`).join(''))
        writeFileSync(join(folder, 'tildegate.conf'), filter)
        const { stdout } = spawnSync('fail2ban-regex', ['--out', 'ip', log, join(folder, 'tildegate.conf')], {
          encoding: 'utf8',
        })
        expect(new Set(stdout.trim().split('\n'))).toEqual(new Set(['127.0.0.1', '127.0.0.9']))
      }
    })
  },
)
