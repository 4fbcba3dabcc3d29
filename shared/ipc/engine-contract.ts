/**
 * What the engine (a process of its own, electron/engine) answers and tells. `engineForWindows` goes on to the windows as it is;
 * `engineForMain` is main's alone. There is no call that reads a secret, by design.
 */
import * as v from 'valibot'
import { call, event } from './declare.ts'
import {
  activityEvent,
  fileDiagnostic,
  fileState,
  fileText,
  foundService,
  settings,
  tunnelId,
  tunnelView,
} from './views.ts'

const none = v.undefined()
const nothing = v.void()

export const engineForWindows = {
  tunnels: {
    list: call(none, v.array(tunnelView)),
    /** Remembered over restarts. */
    turn: call(v.strictObject({ id: tunnelId, isOn: v.boolean() }), nothing),
    retry: call(v.strictObject({ id: tunnelId }), nothing),
    /** The whole list, at each change, at most a few times a second. */
    changed: event(v.array(tunnelView)),
  },
  file: {
    state: call(none, fileState),
    /** For the editor; no password is in it. */
    read: call(none, fileText),
    check: call(fileText, v.array(fileDiagnostic)),
    /** Gives the new version. Nothing runs differently before `apply`. */
    write: call(fileText, fileText),
    /** Takes the file up anew: tunnels whose entry did not change go on. */
    apply: call(none, nothing),
    changed: event(fileState),
  },
  services: {
    /** What answers on this PC's usual ports; takes a few seconds. */
    find: call(none, v.array(foundService), { deadlineMs: 30_000 }),
  },
  activity: {
    /** The oldest first. */
    list: call(none, v.array(activityEvent)),
    happened: event(activityEvent),
  },
} as const

export const engineForMain = {
  power: {
    wake: call(none, nothing),
    /** Closes all tunnels cleanly. */
    close: call(none, nothing, { deadlineMs: 8_000 }),
  },
  log: {
    setLevel: call(settings.entries.logLevel, nothing),
  },
} as const

export const engineContract = { ...engineForWindows, ...engineForMain } as const
