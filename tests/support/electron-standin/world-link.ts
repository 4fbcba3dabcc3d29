/** The line between main and the preload's world of one page, over the Chrome DevTools protocol, with the true sender of each message. */
import type { CDPSession, Page } from 'playwright-core'
import { pageScript, preloadScript, undefinedMark } from './world-bridge.ts'

export interface SenderFrame {
  readonly url: string
  readonly parent: SenderFrame | null
}

export interface FromPage {
  readonly id: number
  readonly channel: string
  readonly args: unknown[]
}

export interface WorldLink {
  /** To the page that is shown now; lost if none is. */
  send(channel: string, args: readonly unknown[]): void
}

const world = 'preload'
const binding = 'sendToMain'

interface FrameTree {
  readonly frame: { readonly id: string; readonly url: string }
  readonly childFrames?: readonly FrameTree[]
}

export async function linkWorlds(
  page: Page,
  options: {
    readonly preload: string
    answer(message: FromPage, sender: SenderFrame): Promise<unknown>
  },
): Promise<WorldLink> {
  const session = await page.context().newCDPSession(page)
  const tag = `standin-${crypto.randomUUID()}`
  /** Context → frame, of the preload's world alone. */
  const contexts = new Map<number, string>()
  let mainFrame = ''
  session.on('Runtime.executionContextCreated', ({ context }) => {
    const { frameId } = context.auxData as { frameId: string }
    if (context.name === world) contexts.set(context.id, frameId)
  })
  session.on('Runtime.executionContextDestroyed', ({ executionContextId }) =>
    contexts.delete(executionContextId),
  )
  session.on('Runtime.executionContextsCleared', () => contexts.clear())
  session.on('Runtime.bindingCalled', ({ payload, executionContextId }) => {
    void heard(payload, executionContextId)
  })

  async function heard(payload: string, contextId: number): Promise<void> {
    const frame = contexts.get(contextId)
    // One that is closed just now is heard no more.
    const tree = await session.send('Page.getFrameTree').catch(() => undefined)
    const sender =
      frame === undefined || tree === undefined ? undefined : senderIn(tree.frameTree, frame, null)
    if (sender === undefined) return
    const message = revive(JSON.parse(payload)) as FromPage
    const outcome = await options.answer(message, sender).then(
      value => ({ isFine: true, value }),
      (error: unknown) => ({ isFine: false, value: error instanceof Error ? error.message : String(error) }),
    )
    await deliver(contextId, { kind: 'answer', id: message.id, ...outcome })
  }

  /** A page that has gone away meanwhile hears nothing, as in Electron. */
  async function deliver(contextId: number, message: object): Promise<void> {
    const text = JSON.stringify(structuredClone(message), (_, inner: unknown) =>
      inner === undefined ? { [undefinedMark]: true } : inner,
    )
    const expression = `receiveFromMain(${JSON.stringify(text)})`
    await session.send('Runtime.evaluate', { contextId, expression }).catch(() => {})
  }

  await session.send('Page.enable')
  await session.send('Runtime.enable')
  await session.send('Runtime.addBinding', { name: binding, executionContextName: world })
  await addScript(session, pageScript(tag))
  await addScript(session, preloadScript(tag, binding, options.preload), world)
  mainFrame = (await session.send('Page.getFrameTree')).frameTree.frame.id
  return {
    send(channel, args) {
      for (const [contextId, frame] of contexts)
        if (frame === mainFrame) void deliver(contextId, { kind: 'event', channel, args })
    },
  }
}

async function addScript(session: CDPSession, source: string, worldName?: string): Promise<void> {
  await session.send('Page.addScriptToEvaluateOnNewDocument', {
    source,
    ...(worldName === undefined ? {} : { worldName }),
  })
}

/** JSON has no undefined, and a reviver cannot bring it back. */
function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (value === null || typeof value !== 'object') return value
  if (undefinedMark in value) return undefined
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner)]))
}

function senderIn(tree: FrameTree, id: string, parent: SenderFrame | null): SenderFrame | undefined {
  const own = { url: tree.frame.url, parent }
  if (tree.frame.id === id) return own
  for (const child of tree.childFrames ?? []) {
    const found = senderIn(child, id, own)
    if (found !== undefined) return found
  }
  return undefined
}
