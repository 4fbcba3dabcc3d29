/** The rows of `conformance-rows.ts`, byte for byte over HTTP/1.1. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VisitorGateway } from '../../support/visitor-gateway.ts'
import { ok, pattern, rows, wholeRequest } from './conformance-rows.ts'

describe('literal bytes', () => {
  let gateway: VisitorGateway
  beforeAll(async () => {
    gateway = await VisitorGateway.open({ target: { authority: 'app.local:3000' } })
  })
  afterAll(() => gateway.close())

  test.each(rows)('$title', async row => {
    const visitor = await gateway.visitor()
    visitor.send(row.request)
    const [text = '', end] = (row.answer ?? ok).split('<end>')
    if (row.sees !== undefined || row.seesNot !== undefined || row.answer !== undefined) {
      const target = await gateway.target.next()
      await target.until(seen => wholeRequest(seen))
      for (const wanted of row.sees ?? []) expect(target.received).toMatch(pattern(wanted))
      for (const unwanted of row.seesNot ?? []) expect(target.received).not.toMatch(pattern(unwanted))
      target.send(text)
      if (end !== undefined) target.socket.end()
    }
    const last = row.gets.at(-1) ?? ''
    for (const wanted of [last, ...row.gets]) await visitor.until(pattern(wanted))
    for (const unwanted of row.getsNot ?? []) expect(visitor.received).not.toMatch(pattern(unwanted))
    visitor.socket.destroy()
    await gateway.side.close()
    gateway.upstream.destroy()
  })
})
