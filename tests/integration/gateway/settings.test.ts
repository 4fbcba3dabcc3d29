import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createGateway } from '../../../gateway/gateway.ts'
import { ConfigError } from '../../../gateway/settings/config-error.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { silentLog } from '../../../shared/world.ts'
import { temporaryFolder } from '../../support/files.ts'
import { oneTunnel, runGateway } from '../../support/running-gateway.ts'

const quick = { limits: { refreshQuietMs: 40, refreshUnfinishedMs: 200 } }

describe('balance.bin at the start', () => {
  const start = (balanceFile: string) =>
    createGateway({
      listen: [{ host: '127.0.0.1', port: 0, tls: false }],
      balanceFile,
      stateFolder: temporaryFolder(),
      version: '0',
      log: silentLog,
      clock: systemClock,
      random: systemRandom,
    })

  test('with errors stops the gateway with all of them, and without the passwords', async () => {
    const folder = temporaryFolder({
      'balance.bin': '/~~a=topsecret#:51.254.22.85;\n/~~b=verysecret#:0;\n/~~c=fine#:*;\n',
    })
    const failure = await start(join(folder, 'balance.bin')).catch((cause: unknown) => cause)
    expect(failure).toBeInstanceOf(ConfigError)
    const { diagnostics } = failure as ConfigError
    expect(diagnostics.filter(one => one.severity === 'error').map(one => one.line)).toEqual([1, 2])
    expect(JSON.stringify(diagnostics)).not.toContain('secret#')
    expect(JSON.stringify(diagnostics)).not.toMatch(/topsecret|verysecret/)
  })

  test('that is missing or a folder stops it with one sentence', async () => {
    const folder = temporaryFolder()
    await expect(start(join(folder, 'none.bin'))).rejects.toThrow(/^There is no file /)
    await expect(start(folder)).rejects.toThrow(/is a folder/)
  })
})

describe('balance.bin while the gateway runs', () => {
  test('is taken up: a new tunnel may connect, a changed password counts, a removed name is unknown', async () => {
    const { agent, writeBalance, gateway } = await runGateway({
      ...quick,
      balance: `${oneTunnel}/~~old=pw#:*;\n`,
    })
    writeBalance('/~~srv=new#:*;\n/~~b=pw#:*;\n')
    await gateway.reload()
    await agent({ name: 'b' })
    await expect(agent()).rejects.toMatchObject({ code: 'password-refused' })
    await agent({ password: 'new' })
    await expect(agent({ name: 'old' })).rejects.toMatchObject({ code: 'password-refused' })
  })

  test('is taken up without being told, also when another file is renamed into its place', async () => {
    const { agent, folder, balanceFile, lines } = await runGateway(quick)
    writeFileSync(join(folder, 'draft'), `${oneTunnel}/~~c=pw#:*;\n`)
    renameSync(join(folder, 'draft'), balanceFile)
    await expect
      .poll(() => lines.some(line => line.includes('new settings are in force')), { timeout: 5000 })
      .toBe(true)
    await agent({ name: 'c' })
  })

  test('leaves established sessions as they were, to their end', async () => {
    const { agent, url, writeBalance, gateway } = await runGateway(quick)
    const one = await agent()
    writeBalance('SSL /~~srv=other#:*51.254.22.85;\n')
    await gateway.reload()
    await one.ping()
    expect(await (await fetch(`${url}/~~srv/goes-on`)).text()).toBe('/goes-on')
    one.channel.close(0)
    await expect.poll(() => gateway.tunnels.length).toBe(0)
    await expect(agent()).rejects.toMatchObject({ code: 'password-refused' })
    await expect(agent({ password: 'other' })).rejects.toMatchObject({ code: 'address-refused' })
  })

  test('with errors changes nothing, and says what is wrong until it is mended', async () => {
    const { agent, writeBalance, gateway, lines } = await runGateway(quick)
    writeBalance('/~~srv=topsecret#:*;\n/~~b=#:*;\n')
    await gateway.reload()
    expect(gateway.diagnostics.map(one => one.line)).toEqual([2])
    expect(lines.join('\n')).toContain('last good settings stay in force')
    expect(lines.join('\n')).not.toContain('topsecret')
    const one = await agent()
    one.channel.close(0)
    writeBalance('/~~b=pw#:*;\n')
    await gateway.reload()
    expect(gateway.diagnostics).toEqual([])
    await agent({ name: 'b' })
  })

  test('that vanishes changes nothing', async () => {
    const { agent, balanceFile, gateway, lines } = await runGateway(quick)
    rmSync(balanceFile)
    await gateway.reload()
    expect(lines.join('\n')).toContain('gone or cannot be read')
    await agent()
  })
})
