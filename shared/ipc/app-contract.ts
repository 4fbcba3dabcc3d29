/** What the windows may ask of the app and are told by it: what the engine offers them, and what main does itself. */
import * as v from 'valibot'
import { call, event } from './declare.ts'
import { engineForWindows } from './engine-contract.ts'
import {
  destination,
  engineState,
  languages,
  settings,
  settingsChange,
  tunnelId,
  updateState,
} from './views.ts'

const none = v.undefined()
const nothing = v.void()

/** Where a preload puts the bridge, on `window`. */
export const bridgeName = 'tildegate'

export const mainForWindows = {
  app: {
    about: call(
      none,
      v.object({
        version: v.string(),
        /** Of what it runs on, in Electron. */
        runtime: v.exactOptional(v.object({ electron: v.string(), chromium: v.string(), node: v.string() })),
        platform: v.picklist(['win32', 'darwin', 'linux']),
        /** What `system` means in the settings. */
        systemLanguage: v.picklist(languages),
      }),
    ),
    engine: call(none, engineState),
    engineChanged: event(engineState),
    /** Of what the app is made of, as text. */
    licences: call(none, v.string()),
    /** In the system's file manager. */
    openLogFolder: call(none, nothing),
    /** Asks the user where to, and writes it there; nothing where the user changes their mind. */
    saveText: call(
      v.strictObject({
        name: v.pipe(v.string(), v.regex(/^[a-z-]{1,40}\.txt$/)),
        text: v.pipe(v.string(), v.maxLength(200_000)),
      }),
      nothing,
      { deadlineMs: 600_000 },
    ),
    /** The window has drawn itself and takes destinations; the result is the first one. */
    ready: call(none, v.optional(destination)),
    goTo: event(destination),
  },
  /** Only a tunnel's own public address can be opened or copied. */
  address: {
    open: call(v.strictObject({ id: tunnelId }), nothing),
    copy: call(v.strictObject({ id: tunnelId }), nothing),
  },
  settings: {
    read: call(none, settings),
    change: call(settingsChange, settings),
    /** As they were at first, but for where passwords are kept. */
    reset: call(none, settings),
    changed: event(settings),
  },
  updates: {
    state: call(none, updateState),
    check: call(none, nothing, { deadlineMs: 60_000 }),
    install: call(none, nothing),
    changed: event(updateState),
  },
} as const

export const appContract = { ...engineForWindows, ...mainForWindows } as const
