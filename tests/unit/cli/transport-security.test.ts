import { join } from 'node:path'
import { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { applyConfigFile } from '../../../cli/settings/config-file.ts'
import { parseHstsSeconds, parseSwitch } from '../../../cli/settings/switches.ts'
import { transportOf } from '../../../cli/settings/transport-security.ts'
import { temporaryFolder } from '../../support/files.ts'

const publicUrl = 'https://gw.example'

describe('settings of transport security', () => {
  it.each([
    [{}, { redirectToTls: false }],
    [{ hsts: true }, { hsts: { seconds: 31_536_000, includesSubdomains: false }, redirectToTls: false }],
    [{ hsts: 0 }, { hsts: { seconds: 0, includesSubdomains: false }, redirectToTls: false }],
    [{ hsts: false, redirectToTls: true, publicUrl }, { redirectToTls: true }],
    [
      { hsts: 5, hstsSubdomains: true, hostMode: 'gw.example' },
      { hsts: { seconds: 5, includesSubdomains: true }, redirectToTls: false },
    ],
  ])('%j mean %j', (flags, meaning) => {
    expect(transportOf(flags)).toEqual(meaning)
  })

  it.each([
    [{ hstsSubdomains: true, hostMode: 'gw.example' }],
    [{ hstsSubdomains: true, hsts: true }],
    [{ redirectToTls: true }],
    [{ redirectToTls: true, publicUrl: 'http://gw.example' }],
  ])('%j do not fit together', flags => {
    expect(() => transportOf(flags)).toThrow(expect.objectContaining({ status: 64 }))
  })

  it.each([
    ['yes', true],
    ['TRUE', true],
    ['1', true],
    ['no', false],
    ['0', false],
    ['', false],
  ])('a switch that says %j is %j', (text, value) => {
    expect(parseSwitch(text)).toBe(value)
  })

  it.each([
    ['31536000', 31_536_000],
    ['0', 0],
    ['yes', true],
    ['no', false],
  ])('HSTS that says %j is %j', (text, value) => {
    expect(parseHstsSeconds(text)).toBe(value)
  })

  it('that say anything else are refused', () => {
    expect(() => parseSwitch('perhaps')).toThrow('yes or no')
    expect(() => parseHstsSeconds('1 year')).toThrow('seconds')
  })

  it('may be written as yes and no of TOML in the config file, where a text is not meant', () => {
    const folder = temporaryFolder({
      'tildegate.toml': 'redirect-to-tls = true\nhsts = 60\nhttp2 = false\n',
    })
    const command = new Command()
      .addOption(new Option('--redirect-to-tls [yes|no]').argParser(parseSwitch))
      .addOption(new Option('--hsts [seconds]').argParser(parseHstsSeconds))
      .addOption(new Option('--http2 [yes|no]').argParser(parseSwitch))
    applyConfigFile(command, join(folder, 'balance.bin'))
    expect(command.opts()).toEqual({ redirectToTls: true, hsts: 60, http2: false })
    const other = new Command().addOption(new Option('--redirect-to-tls <text>'))
    expect(() => applyConfigFile(other, join(folder, 'balance.bin'))).toThrow('takes a text')
  })
})
