/** Does what a plan says, and says what it does. Nothing that is not ours is overwritten or removed. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { TildegateError } from '../../shared/errors.ts'
import { type CommandLine, ownMark, type PlannedFile, type ServicePlan } from './plan.ts'

/** systemctl waits for the service to be ready, or to have stopped in order. */
const commandMs = 120_000

export type Say = (line: string) => void

/** @throws TildegateError service-file-foreign, service-not-permitted, service-manager-missing, service-command-failed */
export function install(plan: ServicePlan, say: Say): void {
  // Before anything is written.
  for (const { path } of plan.files) refuseForeign(path)
  for (const { path, end } of plan.superseded) {
    if (!existsSync(path) || !isOurs(path)) continue
    run(end, say)
    remove(path, say)
  }
  for (const file of plan.files) say(write(file) ? `wrote ${file.path}` : `${file.path} is as it should be`)
  for (const command of plan.install) run(command, say)
  for (const note of plan.notes) say(note)
}

/** @throws as `install` */
export function uninstall(plan: ServicePlan, say: Say): void {
  const there = plan.files.filter(({ path }) => existsSync(path))
  for (const { path } of there) refuseForeign(path)
  if (there.length === 0) {
    say('It is not installed.')
    return
  }
  for (const command of plan.uninstall) {
    const { status, stderr } = start(command)
    say(status === 0 ? printed(command) : `${printed(command)}: ${lastLine(stderr)}`)
  }
  for (const { path } of there) remove(path, say)
  for (const command of plan.afterwards) run(command, say)
}

/** @returns whether it runs */
export function status(plan: ServicePlan, say: Say): boolean {
  if (!plan.files.every(({ path }) => existsSync(path))) {
    say('It is not installed.')
    return false
  }
  const { status: code, stdout, stderr } = start(plan.status)
  say((stdout + stderr).trimEnd())
  return code === 0
}

/** What `install` would do. */
export function show(plan: ServicePlan, say: Say): void {
  for (const { path, content } of plan.files) {
    const isThere = existsSync(path)
      ? isOurs(path)
        ? ', in place of the one there'
        : ', but it is another’s'
      : ''
    say(`would write ${path}${isThere}:\n`)
    say(textOf(content))
  }
  for (const command of plan.install) say(`would run: ${printed(command)}`)
  for (const note of plan.notes) say(note)
}

/** What `uninstall` would do. */
export function showRemoval(plan: ServicePlan, say: Say): void {
  const there = plan.files.filter(({ path }) => existsSync(path))
  if (there.length === 0) say('It is not installed.')
  else {
    for (const command of plan.uninstall) say(`would run: ${printed(command)}`)
    for (const { path } of there) say(`would remove ${path}${isOurs(path) ? '' : ', but it is another’s'}`)
  }
}

function remove(path: string, say: Say): void {
  permitted(() => rmSync(path))
  say(`removed ${path}`)
}

function textOf(content: string | Buffer): string {
  return typeof content === 'string' ? content : content.toString('utf16le').replace(/^\ufeff/, '')
}

function isOurs(path: string): boolean {
  const bytes = readFileSync(path)
  return [bytes.toString('utf8'), bytes.toString('utf16le')].some(text => text.includes(ownMark))
}

function refuseForeign(path: string): void {
  if (existsSync(path) && !permitted(() => isOurs(path)))
    throw new TildegateError('service-file-foreign', { file: path })
}

/** @returns whether there was anything to write. Whole or not at all. */
function write({ path, content }: PlannedFile): boolean {
  const bytes = Buffer.from(content)
  return permitted(() => {
    if (existsSync(path) && readFileSync(path).equals(bytes)) return false
    mkdirSync(dirname(path), { recursive: true })
    const draft = `${path}.${process.pid}.new`
    try {
      // Unit files hold no secret, and systemd warns of those that it alone may read.
      writeFileSync(draft, bytes, { mode: 0o644, flag: 'wx' })
      renameSync(draft, path)
    } finally {
      rmSync(draft, { force: true })
    }
    return true
  })
}

function permitted<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) throw cause
    throw new TildegateError('service-not-permitted', { reason: (cause as Error).message }, { cause })
  }
}

function run(command: CommandLine, say: Say): void {
  const { status: code, stderr, stdout } = start(command)
  if (code !== 0) {
    const reason = lastLine(stderr) || lastLine(stdout) || `status ${code}`
    throw new TildegateError('service-command-failed', { command: printed(command), reason })
  }
  say(`ran: ${printed(command)}`)
}

function start([program, ...args]: CommandLine): { status: number; stdout: string; stderr: string } {
  const {
    error,
    status: code,
    signal,
    stdout,
    stderr,
  } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: commandMs,
  })
  if (error !== undefined) {
    const reason = `${program}: ${(error as NodeJS.ErrnoException).code ?? error.message}`
    throw new TildegateError('service-manager-missing', { reason }, { cause: error })
  }
  return { status: code ?? 128, stdout, stderr: signal === null ? stderr : `${stderr}\nended by ${signal}` }
}

function printed(command: CommandLine): string {
  return command.map(word => (/^[\w@%+=:,./\\~-]+$/.test(word) ? word : `'${word}'`)).join(' ')
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim().replace(/\.$/, '') ?? ''
}
