/** A program at a real terminal (a pty made by script(1)): what is typed, and all that the terminal shows. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const hasTerminal = spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0
export const howToGetTerminal = '[needs script(1) of util-linux]'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const withinMs = 30_000

export interface Terminal {
  readonly shown: string
  type(text: string): void
  /** When the terminal shows it. */
  until(pattern: RegExp): Promise<void>
  readonly ended: Promise<number | null>
}

/** `tildegate ARGS` as built; ends with the test. */
export function tildegateAtTerminal(args: readonly string[], env: NodeJS.ProcessEnv): Terminal {
  return atTerminal([process.execPath, main, ...args], env)
}

export function atTerminal(command: readonly string[], env: NodeJS.ProcessEnv): Terminal {
  const line = command.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const script = spawn('script', ['-qec', line, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => {
    script.kill('SIGKILL')
  })
  let shown = ''
  let arrived = () => {}
  script.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    arrived()
  })
  return {
    get shown() {
      return shown
    },
    type: text => void script.stdin.write(text),
    until: pattern =>
      new Promise((resolve, reject) => {
        const deadline = setTimeout(
          () => reject(new Error(`${pattern} was not shown, but:\n${shown}`)),
          withinMs,
        )
        arrived = () => {
          if (!pattern.test(shown)) return
          clearTimeout(deadline)
          resolve()
        }
        arrived()
      }),
    ended: once(script, 'close').then(([status]) => status as number | null),
  }
}
