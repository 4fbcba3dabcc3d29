/**
 * Watches one file and tells its content only when it rests: writers that truncate it first, write it in
 * pieces or rename another into its place never cause a half-read. Knows nothing of what the file holds.
 */
import { constants, open, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { Clock, Timer } from '../shared/world.ts'

export interface StableFileOptions {
  readonly file: string
  readonly clock: Clock
  /** The file must rest this long before its content counts. */
  readonly quietMs: number
  /** The same where it looks as if the writer is not done: it shrank, is gone, or lost the line feed at its end. */
  readonly unfinishedMs: number
  readonly maxBytes: number
  /** So often it is looked at also where nothing was noticed: a link is turned further away, as Kubernetes does, or a file server tells nothing. */
  readonly lookMs?: number
  /** New content, at rest; undefined: the file is gone or cannot be read. Told only of changes. */
  changed(content: Uint8Array | undefined): void
}

interface Look {
  readonly content: Buffer | undefined
  /** Changes with every write and every replacement. */
  readonly mark: string
}

export class StableFile {
  readonly #options: StableFileOptions
  readonly #path: string
  #watcher: FSWatcher | undefined
  #accepted: Buffer | undefined
  #seen: Look = { content: undefined, mark: 'never' }
  #sameSince = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #lookTimer: Timer | undefined
  #isLooking = false
  /** Something happened while we were reading. */
  #isDisturbed = false
  /** Somebody said that the writer is done. */
  #isSaidDone = false
  #isClosed = false
  #restWaiters: (() => void)[] = []

  constructor(options: StableFileOptions) {
    this.#options = options
    this.#path = resolve(options.file)
  }

  /** The content as it is now, taken as known. @throws the error of the file system */
  async readFirst(): Promise<Uint8Array> {
    const look = await readOnce(this.#path, this.#options.maxBytes)
    this.#accepted = look.content
    this.#seen = look
    return look.content
  }

  /** Resolves once changes are noticed. */
  async watch(): Promise<void> {
    // The folder, not the file: a file renamed into its place is another file.
    const folder = dirname(this.#path)
    const watcher = watch(folder, {
      depth: 0,
      ignoreInitial: true,
      ignored: path => path !== folder && basename(path) !== basename(this.#path),
    })
    this.#watcher = watcher
    watcher.on('all', (_event, path) => {
      if (resolve(path) === this.#path) void this.look()
    })
    // A watch that fails leaves the signal to reload.
    watcher.on('error', () => {})
    await new Promise<void>(ready => watcher.once('ready', () => ready()))
    this.#lookLater()
  }

  /** As `look`, for who says that the writer is done. */
  lookAtOnce(): Promise<void> {
    this.#isSaidDone = true
    return this.look()
  }

  /** Looks at the file now and until it rests. Resolves when that is done. */
  look(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    if (this.#isLooking) this.#isDisturbed = true
    else this.#lookSoon(0)
    return new Promise(rested => this.#restWaiters.push(rested))
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#lookTimer?.cancel()
    this.#rest()
    await this.#watcher?.close()
  }

  #lookLater(): void {
    const { clock, lookMs } = this.#options
    if (lookMs === undefined || this.#isClosed) return
    this.#lookTimer = clock.after(lookMs, () => {
      void this.look()
      this.#lookLater()
    })
  }

  #lookSoon(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#isLooking = true
      this.#isDisturbed = false
      void lookAt(this.#path, this.#options.maxBytes).then(look => {
        this.#isLooking = false
        if (!this.#isClosed) this.#compare(look)
      })
    })
  }

  #compare(look: Look): void {
    const { clock, quietMs, unfinishedMs, changed } = this.#options
    const isSame = look.mark === this.#seen.mark && equal(look.content, this.#seen.content)
    if (!isSame || this.#isDisturbed) this.#sameSince = clock.now()
    this.#seen = look
    const isNew = !equal(look.content, this.#accepted)
    const isDone = !isNew || (this.#isSaidDone ? hasContent(look) : !looksUnfinished(look, this.#accepted))
    const needMs = isDone ? quietMs : unfinishedMs
    const restedMs = clock.now() - this.#sameSince
    if (restedMs < needMs) {
      this.#lookSoon(needMs - restedMs)
      return
    }
    if (isNew) {
      this.#accepted = look.content
      changed(look.content)
    }
    this.#rest()
  }

  #rest(): void {
    this.#isSaidDone = false
    for (const rested of this.#restWaiters.splice(0)) rested()
  }
}

async function lookAt(path: string, maxBytes: number): Promise<Look> {
  try {
    return await readOnce(path, maxBytes)
  } catch (cause) {
    return { content: undefined, mark: (cause as NodeJS.ErrnoException).code ?? 'unreadable' }
  }
}

/** Content and mark of one and the same file: a replacement meanwhile shows in the mark. */
async function readOnce(path: string, maxBytes: number): Promise<{ content: Buffer; mark: string }> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    const { size } = await handle.stat()
    if (size > maxBytes)
      throw Object.assign(new Error(`${path} is larger than ${maxBytes} bytes`), { code: 'EFBIG' })
    const content = await handle.readFile()
    const after = await handle.stat()
    const named = await stat(path)
    return { content, mark: `${after.size} ${after.mtimeMs} ${after.ino} ${named.ino}` }
  } finally {
    await handle.close()
  }
}

function equal(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b)
}

function hasContent({ content }: Look): boolean {
  return content !== undefined && content.length > 0
}

/** Nothing, or less than before, or a last line that is not ended although it was before. */
function looksUnfinished({ content }: Look, before: Buffer | undefined): boolean {
  if (content === undefined || content.length === 0) return true
  if (before === undefined) return false
  return content.length < before.length || (endsLine(before) && !endsLine(content))
}

function endsLine(content: Buffer): boolean {
  return content.at(-1) === 0x0a
}
