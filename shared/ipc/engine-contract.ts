/**
 * What the engine (a process of its own, electron/engine) answers and tells. `engineForWindows` goes on to the windows as it is;
 * `engineForMain` is main's alone. There is no call that reads a secret, by design.
 */
import * as v from 'valibot'
import { call, event } from './declare.ts'
import { passwordText, tunnelForm, visitorPasswordText } from './tunnel-form.ts'
import {
  activityEvent,
  fileDiagnostic,
  fileState,
  fileText,
  foundService,
  keptSecret,
  routeProgress,
  secretAccount,
  secretState,
  settings,
  tunnelId,
  tunnelView,
} from './views.ts'
import { recentVisits } from './visit-views.ts'

const none = v.undefined()
const nothing = v.void()
/** A keychain may ask its user to unlock it. */
const storeMs = 60_000

export const engineForWindows = {
  tunnels: {
    list: call(none, v.array(tunnelView)),
    /** Remembered over restarts. */
    turn: call(v.strictObject({ id: tunnelId, isOn: v.boolean() }), nothing),
    retry: call(v.strictObject({ id: tunnelId }), nothing),
    /** Gives the new tunnel's id. Its passwords go to the secret store. */
    share: call(tunnelForm, tunnelId, { deadlineMs: storeMs }),
    /** As it stands in the file, without passwords. */
    form: call(v.strictObject({ id: tunnelId }), tunnelForm),
    /** Passwords left out stay as they are. Gives the id, which is another where name or gateway are. */
    edit: call(v.strictObject({ id: tunnelId, form: tunnelForm }), tunnelId, { deadlineMs: storeMs }),
    remove: call(v.strictObject({ id: tunnelId }), nothing, { deadlineMs: storeMs }),
    /** Of the tunnel, or of the login at its proxy `hop`, counted from 1. */
    setPassword: call(
      v.strictObject({ id: tunnelId, hop: v.exactOptional(v.number()), password: passwordText }),
      nothing,
      { deadlineMs: storeMs },
    ),
    /** Visitors are asked for this one from now on; who is logged in has to log in anew. */
    askVisitors: call(v.strictObject({ id: tunnelId, password: visitorPasswordText }), nothing, {
      deadlineMs: storeMs,
    }),
    /** Anyone who knows the address can open it again. */
    letAllIn: call(v.strictObject({ id: tunnelId }), nothing, { deadlineMs: storeMs }),
    /** The last ones that its gateway told of; `visitsTold` of the tunnel says when to ask again. */
    visits: call(v.strictObject({ id: tunnelId }), recentVisits),
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
    /** All passwords in it to the secret store; gives whose. */
    movePasswords: call(none, v.array(secretAccount), { deadlineMs: storeMs }),
    /** Takes the file up anew: tunnels whose entry did not change go on. */
    apply: call(none, nothing),
    changed: event(fileState),
  },
  routeTest: {
    /** Gives the run's number; what comes of it is told as `progress`. Disturbs no running tunnel, and stores nothing. */
    start: call(
      v.variant('of', [
        v.strictObject({ of: v.literal('form'), form: tunnelForm }),
        v.strictObject({ of: v.literal('tunnel'), id: tunnelId }),
      ]),
      v.number(),
    ),
    stop: call(v.strictObject({ run: v.number() }), nothing),
    progress: event(routeProgress),
  },
  secrets: {
    state: call(none, secretState, { deadlineMs: storeMs }),
    /** The keychain asks its user to be unlocked. */
    unlock: call(none, nothing, { deadlineMs: storeMs }),
    /** Whose secrets are kept, and whose are missing. Never the secrets. */
    list: call(none, v.array(keptSecret)),
    set: call(v.strictObject({ account: secretAccount, secret: passwordText }), nothing, {
      deadlineMs: storeMs,
    }),
    remove: call(v.strictObject({ account: secretAccount }), nothing, { deadlineMs: storeMs }),
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
