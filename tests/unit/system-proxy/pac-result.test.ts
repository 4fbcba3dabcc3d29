/** What PAC files and Electron answer, as ways. */
import { describe, expect, it } from 'vitest'
import { printAnswer } from '../../../net/system-proxy/answer.ts'
import { readPacResult } from '../../../net/system-proxy/pac/pac-result.ts'

const read = (text: string) => {
  const ways = readPacResult(text)
  return ways.length === 0 ? 'nothing' : printAnswer({ ways, source: 'x' }).replace(/ \(x\)$|^x$/, '')
}

describe('the result of a PAC file', () => {
  it.each([
    ['DIRECT', ''],
    ['', ''],
    [' ; ;', ''],
    ['PROXY a:8080', 'a:8080'],
    ['proxy a:8080;', 'a:8080'],
    ['PROXY a', 'a:80'],
    ['HTTPS a', 'https://a:443'],
    ['HTTP a:1', 'a:1'],
    ['SOCKS a', 'socks5://a:1080'],
    ['SOCKS5 a:9', 'socks5://a:9'],
    ['PROXY [fd00::1]:8080', '[fd00::1]:8080'],
    ['PROXY a:1; PROXY b:2; DIRECT', 'a:1, else b:2, else direct'],
    ['PROXY a:1;PROXY b:2', 'a:1, else b:2'],
    ['DIRECT; PROXY a:1', 'direct, else a:1'],
    ['SOCKS4 a:1; PROXY b:2', 'b:2'],
    ['SOCKS4 a:1', 'nothing'],
    ['QUIC a:1; NONSENSE', 'nothing'],
    ['PROXY', 'nothing'],
    ['PROXY a:99999; DIRECT', ''],
    ['a:8080', 'nothing'],
    [Array(100).fill('PROXY a:1').join(';'), Array(8).fill('a:1').join(', else ')],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })
})
