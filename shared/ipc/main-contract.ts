/** What the engine asks of main, over the same port on which it answers: only main's process has Electron's sessions. */
import * as v from 'valibot'
import { call } from './declare.ts'

const longestUrl = 2_048
const longestResult = 8_192

export const mainForEngine = {
  system: {
    /** What the system says about the way to a URL, as a PAC file would: `PROXY host:port; DIRECT`. */
    resolveProxy: call(
      v.pipe(v.string(), v.maxLength(longestUrl)),
      v.pipe(v.string(), v.maxLength(longestResult)),
    ),
  },
} as const
