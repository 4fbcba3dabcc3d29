/** HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY: which variable holds, what is a proxy, what is taken out. */
import { describe, expect, it } from 'vitest'
import { printAnswer } from '../../../net/system-proxy/answer.ts'
import { answerOfEnvironment } from '../../../net/system-proxy/environment.ts'

const gateway = { host: 'gw.example', port: 443 }
const said = (
  environment: Record<string, string>,
  at: Parameters<typeof answerOfEnvironment>[1] = gateway,
) => {
  const answer = answerOfEnvironment(environment, at)
  return answer && printAnswer(answer)
}

describe('the environment', () => {
  it.each([
    ['nothing', {}, undefined],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://p:8080' }, 'p:8080 (environment HTTPS_PROXY)'],
    ['https_proxy', { https_proxy: 'http://p:8080' }, 'p:8080 (environment https_proxy)'],
    [
      'lower case before upper case',
      { HTTPS_PROXY: 'a:1', https_proxy: 'b:2' },
      'b:2 (environment https_proxy)',
    ],
    ['ALL_PROXY where no other speaks', { ALL_PROXY: 'a:1' }, 'a:1 (environment ALL_PROXY)'],
    [
      'HTTPS_PROXY before all_proxy',
      { all_proxy: 'a:1', HTTPS_PROXY: 'b:2' },
      'b:2 (environment HTTPS_PROXY)',
    ],
    ['an empty variable as none', { https_proxy: '', ALL_PROXY: 'a:1' }, 'a:1 (environment ALL_PROXY)'],
    ['no HTTP_PROXY for TLS', { HTTP_PROXY: 'a:1', http_proxy: 'a:1' }, undefined],
    ['NO_PROXY alone as nothing', { NO_PROXY: '*' }, undefined],
  ])('says %s', (_, environment, expected) => {
    expect(said(environment)).toBe(expected)
  })

  const plain = { scheme: 'http', host: 'gw.example', port: 8080 } as const
  it.each([
    ['http_proxy', { http_proxy: 'a:1', https_proxy: 'b:2' }, plain, 'a:1 (environment http_proxy)'],
    ['HTTP_PROXY', { HTTP_PROXY: 'a:1' }, plain, 'a:1 (environment HTTP_PROXY)'],
    ['ALL_PROXY', { HTTPS_PROXY: 'b:2', ALL_PROXY: 'a:1' }, plain, 'a:1 (environment ALL_PROXY)'],
    [
      'no HTTP_PROXY that a visitor may have set',
      { HTTP_PROXY: 'a:1', REQUEST_METHOD: 'GET' },
      plain,
      undefined,
    ],
    ['http_proxy at port 80', { http_proxy: 'a:1' }, { host: 'g', port: 80 }, 'a:1 (environment http_proxy)'],
    [
      'https_proxy at port 80 with https',
      { http_proxy: 'a:1', https_proxy: 'b:2' },
      { scheme: 'https' as const, host: 'g', port: 80 },
      'b:2 (environment https_proxy)',
    ],
  ])('says %s for a gateway that is reached by plain http', (_, environment, at, expected) => {
    expect(said(environment, at)).toBe(expected)
  })

  it('tells the rule that takes the gateway out, and who holds it', () => {
    const environment = { HTTPS_PROXY: 'p:1', NO_PROXY: 'localhost, .corp' }
    expect(said(environment, { host: 'gw.corp', port: 443 })).toBe('direct: NO_PROXY matches .corp')
    expect(said({ ...environment, no_proxy: 'other' }, { host: 'gw.corp', port: 443 })).toBe(
      'p:1 (environment HTTPS_PROXY)',
    )
  })

  it('names the variable that is no proxy, and not its value', () => {
    const failing = () => said({ HTTPS_PROXY: 'http://user:S3cret@host:port' })
    expect(failing).toThrow(
      'What this computer says about its proxy could not be found out (the variable HTTPS_PROXY: it is not host:port).',
    )
  })
})
