/** Runs a PAC file in a thread of its own, which is ended when it takes too long, and resolves names for it. */
import { MessageChannel, Worker, type WorkerOptions } from 'node:worker_threads'
import type { Clock } from '../../../shared/world.ts'
import { isSingleFile, packedFile } from '../../single-file.ts'
import { systemProxyLimits } from '../limits.ts'
import { PacFailure } from '../settings.ts'
import type { PacMessage, PacTask } from './pac-worker.ts'

export interface PacParts {
  readonly clock: Clock
  /** Rejects for a name that is not known. May go on after the signal. */
  resolveName(name: string, signal: AbortSignal): Promise<readonly string[]>
  /** This computer's own addresses, the likeliest first. */
  ownAddresses(): Promise<readonly string[]>
}

export interface PacRun {
  readonly script: string
  readonly url: string
  /** Without brackets. */
  readonly host: string
}

/** The program of the thread stands beside this file, built or not; or within the packaged program. */
function startThread(options: WorkerOptions): Worker {
  if (isSingleFile)
    return new Worker(packedFile('pac-worker.cjs').toString('utf8'), { ...options, eval: true })
  return new Worker(
    new URL(`./pac-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
    options,
  )
}

/** @returns what FindProxyForURL returned. @throws PacFailure; the signal's reason */
export async function runPac(
  { script, url, host }: PacRun,
  parts: PacParts,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted()
  const { clock } = parts
  const { pacRunMs, pacMemoryBytes, pacHeapMiB, pacNames, pacNameMs } = systemProxyLimits
  const { port1, port2 } = new MessageChannel()
  const woken = new Int32Array(new SharedArrayBuffer(4))
  const addresses = await parts.ownAddresses()
  const task: PacTask = {
    script,
    url,
    host,
    now: clock.wall(),
    memoryBytes: pacMemoryBytes,
    addresses,
    answers: port2,
    woken,
    ...(isSingleFile ? { engine: packedFile('quickjs.wasm') } : {}),
  }
  const worker = startThread({
    workerData: task,
    transferList: [port2],
    env: {},
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: pacHeapMiB, maxYoungGenerationSizeMb: 8 },
  })
  const controller = new AbortController()
  let names = 0

  async function answer(name: string): Promise<void> {
    const own = new AbortController()
    const deadline = clock.after(pacNameMs, () => own.abort())
    const late = new Promise<readonly string[]>(resolve => {
      own.signal.addEventListener('abort', () => resolve([]), { once: true })
      controller.signal.addEventListener('abort', () => own.abort(), { once: true })
    })
    const found = names++ < pacNames ? parts.resolveName(name, own.signal).catch(() => []) : []
    port1.postMessage(await Promise.race([found, late]))
    deadline.cancel()
    Atomics.store(woken, 0, 1)
    Atomics.notify(woken, 0)
  }

  try {
    return await new Promise((resolve, reject) => {
      const seconds = pacRunMs / 1000
      const deadline = clock.after(pacRunMs, () => reject(new PacFailure(`took more than ${seconds} s`)))
      const leave = () => reject(signal.reason as Error)
      signal.addEventListener('abort', leave, { once: true })
      controller.signal.addEventListener('abort', () => {
        deadline.cancel()
        signal.removeEventListener('abort', leave)
      })
      worker.on('message', (message: PacMessage) => {
        if (message.kind === 'result') resolve(message.text)
        else if (message.kind === 'failed') reject(new PacFailure(`failed (${message.reason})`))
        else answer(message.name).catch(reject)
      })
      worker.on('error', (error: Error) =>
        reject(new PacFailure(`failed (${reasonOf(error)})`, { cause: error })),
      )
      worker.on('exit', () => reject(new PacFailure('failed (its thread ended)')))
    })
  } finally {
    controller.abort()
    port1.close()
    await worker.terminate()
  }
}

function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it took too much memory' : 'its thread broke'
}
