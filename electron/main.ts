/** The app's main process. Thin: it starts each part and tells them of each other; what they do is in files of their own. */
import { app } from 'electron'
import { runApp } from './run-app.ts'
import { registerAppScheme } from './window/app-protocol.ts'
import { hardenContents } from './window/hardening.ts'

if (app.requestSingleInstanceLock()) {
  registerAppScheme()
  hardenContents()
  app.enableSandbox()
  runApp().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    app.exit(1)
  })
} else app.quit()
