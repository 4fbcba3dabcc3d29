/** Main's end of the contract with the windows: the one place that touches `ipcMain`. Every call is checked for who sends it. */
import { type IpcMainInvokeEvent, ipcMain } from 'electron'
import { TildegateError } from '../../shared/errors.ts'
import { appContract } from '../../shared/ipc/app-contract.ts'
import type { Handlers } from '../../shared/ipc/declare.ts'
import { serverOf } from '../../shared/ipc/derive.ts'
import { failureOf } from '../../shared/ipc/reply.ts'
import { isOwnPage } from '../window/url-policy.ts'

export function serveWindows(
  handlers: Handlers<typeof appContract>,
  onError: (channel: string, error: unknown) => void,
): void {
  const server = serverOf(appContract, handlers, onError)
  for (const channel of server.channels) {
    ipcMain.handle(channel, async (event, ...args: unknown[]) => {
      if (isOwnMainFrame(event) && args.length <= 1) return server.answer(channel, args[0])
      const refusal = new TildegateError('ipc-refused', { channel })
      onError(channel, refusal)
      return { ok: false, failure: failureOf(refusal) }
    })
  }
}

/** Our own page in the window itself: no frame in it, no page that it was led to. */
function isOwnMainFrame({ senderFrame }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && isOwnPage(senderFrame.url)
}
