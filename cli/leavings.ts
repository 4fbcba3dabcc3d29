/**
 * What a process leaves behind where others may look: its line in the process list, a diagnostic report, a core file. Passwords are in
 * its memory as long as it runs, so no core is written, rather than one that is said to hold none. See SECURITY.md.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** To be called before the command runs. Fails in silence: nothing here is worth not starting for. */
export function leaveNothingBehind(): void {
  // An entry given by `--line` may hold a password.
  if (process.argv.some(argument => argument.startsWith('--line'))) process.title = 'tildegate'
  // Of Node's reports, which the user may have asked for; `env:VAR` passwords stand there.
  if (process.report !== undefined) process.report.excludeEnv = true
  if (process.platform === 'linux' && mayWriteCore()) {
    // The soft limit alone, so that who needs a core can raise it again.
    spawnSync('prlimit', ['--pid', String(process.pid), '--core=0:'], { stdio: 'ignore' })
  }
}

function mayWriteCore(): boolean {
  try {
    return !/^Max core file size +0 /m.test(readFileSync('/proc/self/limits', 'utf8'))
  } catch {
    return false
  }
}
