/** Requests and answers on their way: the literal bytes on both sides, and how exchanges end. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { VisitorGateway } from '../../support/visitor-gateway.ts'

let gateway: VisitorGateway
beforeEach(async () => {
  gateway = await VisitorGateway.open()
})
afterEach(() => gateway.close())

const get = (path = '', headers = '') => `GET /~~t/${path} HTTP/1.1\r\nHost: gw.example\r\n${headers}\r\n`

describe('an exchange', () => {
  test('goes through, and its connection serves the next one', async () => {
    const visitor = await gateway.visitor()
    visitor.send(get('a'))
    const target = await gateway.target.next()
    await target.until('\r\n\r\n')
    target.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    await visitor.until('ok')
    target.clear()
    visitor.send(get('b'))
    await target.until('GET /b ')
    expect(gateway.upstream.dials).toBe(1)
  })
})
