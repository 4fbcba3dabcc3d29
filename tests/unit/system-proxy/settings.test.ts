/** From settings to an answer for one gateway: exceptions, PAC files that fail, proxies by hand, and in which order. */
import { describe, expect, it } from 'vitest'
import { printAnswer } from '../../../net/system-proxy/answer.ts'
import {
  type AskPac,
  answerOfSettings,
  PacFailure,
  type SystemSettings,
} from '../../../net/system-proxy/settings.ts'

const proxy = (host: string) => ({ kind: 'http', host, port: 8080 }) as const
const never = new AbortController().signal

const pac: AskPac = async url => {
  if (url.includes('broken')) throw new PacFailure(`PAC ${url} failed`)
  return { ways: [proxy('pac'), undefined], source: `PAC ${url}` }
}
const noPac: AskPac = async url => {
  throw new PacFailure(`PAC ${url} could not be read`)
}

async function said(
  settings: Omit<SystemSettings, 'name'>,
  host = 'gw.corp',
  askPac: AskPac = pac,
  scheme?: 'http' | 'https',
): Promise<string> {
  const gateway = { host, port: 8443, ...(scheme ? { scheme } : {}) }
  return printAnswer(await answerOfSettings({ name: 'X settings', ...settings }, gateway, askPac, never))
}

describe('settings', () => {
  const byHand = { proxies: { http: proxy('a'), https: proxy('b') } }
  it.each([
    ['that say nothing', {}, 'direct: X settings name no proxy'],
    ['with proxies by hand', byHand, 'b:8080 (X settings)'],
    ['with one for all', { proxies: { any: proxy('c') } }, 'c:8080 (X settings)'],
    ['with one for http alone', { proxies: { http: proxy('a') } }, 'direct: X settings name no proxy'],
    [
      'with an exception',
      { ...byHand, exceptions: { rules: ['x', '.corp'], style: 'suffix' } },
      'direct: X settings, exception .corp',
    ],
    [
      'with a reversed list that does not hold the gateway',
      { ...byHand, exceptions: { rules: ['.ext'], style: 'suffix', areReversed: true } },
      'direct: X settings, which do not list this gateway for the proxy',
    ],
    [
      'with a reversed list that holds the gateway',
      { ...byHand, exceptions: { rules: ['.corp'], style: 'suffix', areReversed: true } },
      'b:8080 (X settings)',
    ],
    ['with a PAC file', { pacUrl: 'http://p/' }, 'pac:8080, else direct (PAC http://p/, from X settings)'],
    [
      'with a PAC file and proxies by hand',
      { ...byHand, pacUrl: 'http://p/' },
      'pac:8080, else direct (PAC http://p/, from X settings)',
    ],
    [
      'that find a PAC file before the named one',
      { findsPac: true, pacUrl: 'http://p/' },
      'pac:8080, else direct (PAC http://wpad/wpad.dat, from X settings)',
    ],
    [
      'with a PAC file that fails and a proxy by hand',
      { ...byHand, pacUrl: 'http://broken/' },
      'b:8080 (X settings, PAC http://broken/ failed)',
    ],
    [
      'with a PAC file that fails alone',
      { pacUrl: 'http://broken/' },
      'direct: X settings, PAC http://broken/ failed',
    ],
    [
      'with exceptions that do not concern the PAC file',
      { pacUrl: 'http://p/', exceptions: { rules: ['.corp'], style: 'exact' } },
      'pac:8080, else direct (PAC http://p/, from X settings)',
    ],
    [
      'with exceptions that do',
      { pacUrl: 'http://p/', exceptions: { rules: ['.corp'], style: 'suffix', coverPac: true } },
      'direct: X settings, exception .corp',
    ],
  ] as const)('%s', async (_, settings, expected) => {
    expect(await said(settings as Omit<SystemSettings, 'name'>)).toBe(expected)
  })

  it('go on to the named PAC file where none is found, and to the direct way at last', async () => {
    expect(await said({ findsPac: true, pacUrl: 'http://p/' }, 'gw.corp', noPac)).toBe(
      'direct: X settings, PAC http://wpad/wpad.dat could not be read, PAC http://p/ could not be read',
    )
  })

  it('have a proxy of its own for a gateway that is reached by plain http', async () => {
    expect(await said(byHand, 'gw.corp', pac, 'http')).toBe('a:8080 (X settings)')
  })

  it.each(['localhost', 'a.localhost', '127.0.0.9', '::1', '169.254.1.1', 'fe80::1'])(
    'send nobody to a proxy for %s, unless they say so',
    async host => {
      expect(await said({ ...byHand, pacUrl: 'http://p/' }, host)).toBe(
        'direct: the gateway is this computer',
      )
      expect(await said({ ...byHand, proxiesLoopback: true }, host)).toBe('b:8080 (X settings)')
    },
  )

  it('with a proxy that is written wrong say so when it is needed', async () => {
    const proxies = { http: 'it is not host:port', https: proxy('b') }
    expect(await said({ proxies })).toBe('b:8080 (X settings)')
    await expect(said({ proxies }, 'gw.corp', pac, 'http')).rejects.toMatchObject({
      code: 'system-proxy-unavailable',
      details: { reason: 'X settings: it is not host:port' },
    })
  })

  it('let an error that is no failure of the PAC file through', async () => {
    const failing: AskPac = async () => {
      throw new Error('left')
    }
    await expect(said({ pacUrl: 'http://p/' }, 'gw.corp', failing)).rejects.toThrow('left')
  })
})
