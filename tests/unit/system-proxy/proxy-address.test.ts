/** Addresses of proxies as variables and settings hold them, logins of every kind included. */
import { describe, expect, it } from 'vitest'
import { readProxyAddress } from '../../../net/system-proxy/proxy-address.ts'

/** With the login spelled out. */
function read(text: string): string {
  const hop = readProxyAddress(text)
  if (typeof hop === 'string') return hop
  const { kind, host, port, login } = hop
  const password = login?.password.use(bytes => Buffer.from(bytes).toString('utf8'))
  const account =
    login && (login.scheme === 'ntlm' ? `NTLM ${login.domain}\\${login.user}` : `Basic ${login.user}`)
  return `${kind} ${host} ${port}${account === undefined ? '' : ` ${account} ${password}`}`
}

describe('the address of a proxy', () => {
  it.each([
    ['http://proxy.corp:8080', 'http proxy.corp 8080'],
    ['http://proxy.corp:8080/', 'http proxy.corp 8080'],
    ['HTTP://Proxy.Corp:8080/path?x=y#z', 'http Proxy.Corp 8080'],
    ['proxy.corp:8080', 'http proxy.corp 8080'],
    [' proxy.corp ', 'http proxy.corp 80'],
    ['http://proxy.corp', 'http proxy.corp 80'],
    ['https://proxy.corp', 'https proxy.corp 443'],
    ['socks5://proxy.corp', 'socks5 proxy.corp 1080'],
    ['socks5h://proxy.corp:9050', 'socks5 proxy.corp 9050'],
    ['socks://proxy.corp', 'socks5 proxy.corp 1080'],
    ['http://10.0.0.1:3128', 'http 10.0.0.1 3128'],
    ['http://[fd00::1]:3128', 'http fd00::1 3128'],
    ['[fd00::1]', 'http fd00::1 80'],
    ['http://alice:pw@proxy:80', 'http proxy 80 Basic alice pw'],
    ['alice:pw@proxy:80', 'http proxy 80 Basic alice pw'],
    ['http://alice@proxy:80', 'http proxy 80 Basic alice '],
    ['http://:pw@proxy:80', 'http proxy 80'],
    ['http://alice:a:b:c@proxy:80', 'http proxy 80 Basic alice a:b:c'],
    ['http://alice:p%40ss%3Aw%2Frd@proxy:80', 'http proxy 80 Basic alice p@ss:w/rd'],
    ['http://alice:p@ss/w#rd?@proxy:80', 'http proxy 80 Basic alice p@ss/w#rd?'],
    ['http://alice:100%@proxy:80', 'http proxy 80 Basic alice 100%'],
    ['http://al%3Aice:pw@proxy:80', 'http proxy 80 Basic al:ice pw'],
    ['http://j%C3%BCrgen:Gr%c3%bc%C3%9Fe@proxy:80', 'http proxy 80 Basic jürgen Grüße'],
    ['http://j%FCrgen:pw@proxy:80', 'http proxy 80 Basic jürgen pw'],
    ['http://LAB%5Calice:Passw0rd%21@127.0.0.1:13130', 'http 127.0.0.1 13130 NTLM LAB\\alice Passw0rd!'],
    ['http://LAB\\alice:Passw0rd!@127.0.0.1:13130', 'http 127.0.0.1 13130 NTLM LAB\\alice Passw0rd!'],
    ['http://%5calice:pw@proxy:80', 'http proxy 80 NTLM \\alice pw'],
    ['http://alice:back%5Cslash@proxy:80', 'http proxy 80 Basic alice back\\slash'],
    ['socks5://alice:pw@proxy', 'socks5 proxy 1080 Basic alice pw'],
    ['socks4://proxy:1080', 'proxies of this kind are not spoken: http, https and socks5 are'],
    ['ftp://proxy:21', 'proxies of this kind are not spoken: http, https and socks5 are'],
    ['http://proxy:0', 'its port is not between 1 and 65535'],
    ['http://proxy:99999', 'its port is not between 1 and 65535'],
    ['http://proxy:port', 'it is not host:port'],
    ['http://', 'it is not host:port'],
    ['http://user:pw@', 'it is not host:port'],
    ['not a proxy', 'it is not host:port'],
    ['', 'it is not host:port'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  it('keeps the very bytes of a password', () => {
    const hop = readProxyAddress('http://u:%ff%00@p:1')
    if (typeof hop === 'string') throw new Error(hop)
    expect(hop.login?.password.use(bytes => Buffer.from(bytes).toString('hex'))).toBe('ff00')
  })
})
