/** How this very program is started again: by Node and its main file, or the packaged single file by itself. Absolute paths. */
import { fileURLToPath } from 'node:url'
import { isSingleFile } from '../net/single-file.ts'

const mainFile = () =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url))

/** Program and first arguments; those of the command line follow. */
export const ownProgram: readonly [string, ...string[]] = isSingleFile
  ? [process.execPath]
  : [process.execPath, mainFile()]
