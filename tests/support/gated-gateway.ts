/** A whole gateway with one tunnel that asks its visitors for a password, and what its target was asked. */
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { GatedVisitor, visitorsOf } from './gated-visitor.ts'
import { runGateway } from './running-gateway.ts'

export const visitorPassword = 'open sesame ä'

const page: RequestListener = (_, response) => {
  response.setHeader('Content-Type', 'text/html')
  response.end('<p>inside</p>')
}

export async function gatedGateway(options: Parameters<typeof runGateway>[0] = {}) {
  const running = await runGateway(options)
  const seen: { url: string; headers: IncomingHttpHeaders }[] = []
  const visitors = await visitorsOf(visitorPassword)
  const agent = await running.agent({
    hello: { visitors },
    target: (request, response) => {
      seen.push({ url: request.url ?? '', headers: request.headers })
      page(request, response)
    },
  })
  return { ...running, agent, visitors, seen, visitor: () => new GatedVisitor(running.url) }
}
