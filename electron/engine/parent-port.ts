/** The engine's end of the port to main, as Electron gives it to a utility process. */
import type { Port } from '../../shared/ipc/port.ts'

export function parentPort(): Port {
  const port = process.parentPort
  return {
    send: message => port.postMessage(message),
    onMessage(listener) {
      const heard = (event: { readonly data: unknown }) => listener(event.data)
      port.on('message', heard)
      return () => void port.removeListener('message', heard)
    },
  }
}
