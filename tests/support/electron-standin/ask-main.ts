/** Asks main from a page, as any script in it could: through the bridge, past the windows' own client. */
import type { Page } from 'playwright-core'
import type { Reply } from '../../../shared/ipc/reply.ts'

type Bridge = Record<string, Record<string, (argument?: unknown) => Promise<Reply>>>

export function askMain(page: Page, channel: string, argument?: unknown): Promise<Reply | undefined> {
  return page.evaluate(
    ([name, value]) => {
      const [group = '', member = ''] = String(name).split('.')
      return (window as unknown as { tildegate: Bridge }).tildegate[group]?.[member]?.(value)
    },
    [channel, argument] as const,
  )
}

/** What the call gives. @throws where it was refused */
export async function answerOfMain(page: Page, channel: string, argument?: unknown): Promise<unknown> {
  const reply = await askMain(page, channel, argument)
  if (reply?.ok) return reply.value
  throw new Error(`${channel}: ${JSON.stringify(reply)}`)
}
