/**
 * The thread in which a PAC file runs, in a JavaScript engine of its own (QuickJS as WebAssembly): nothing of Node is in it, only strings
 * go in and out. Whoever started the thread ends it when it takes too long. See docs/decisions.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { JSException, type JSValueHandle, QuickJS } from 'quickjs-wasi'
import { isInNet, type PacFunction, pureFunctions } from './pac-functions.ts'

export interface PacTask {
  readonly script: string
  readonly url: string
  readonly host: string
  /** Wall clock, milliseconds. */
  readonly now: number
  readonly memoryBytes: number
  /** This computer's own, the likeliest first. */
  readonly addresses: readonly string[]
  /** Where the addresses of a name come from, and what is woken when they have come. */
  readonly answers: MessagePort
  readonly woken: Int32Array
  /** The engine's WebAssembly, where it is no file beside its package. */
  readonly engine?: Uint8Array<ArrayBuffer>
}

/** The addresses of a name are wanted, or the file's answer, or why there is none. */
export type PacMessage =
  | { readonly kind: 'resolve'; readonly name: string }
  | { readonly kind: 'result'; readonly text: string }
  | { readonly kind: 'failed'; readonly reason: string }

const task = workerData as PacTask
const tell = (message: PacMessage) => parentPort?.postMessage(message)

/** Sleeps until the addresses are there: a PAC file knows no waiting. */
function addressesOf(name: unknown): readonly string[] {
  tell({ kind: 'resolve', name: String(name) })
  Atomics.wait(task.woken, 0, 0)
  Atomics.store(task.woken, 0, 0)
  const answer = receiveMessageOnPort(task.answers) as { message: readonly string[] } | undefined
  return answer?.message ?? []
}

const isV4 = (address: string) => !address.includes(':')
const v4Of = (name: unknown) => addressesOf(name).find(isV4)

const functions: Readonly<Record<string, PacFunction>> = {
  ...pureFunctions(task.now),
  dnsResolve: name => v4Of(name) ?? null,
  isResolvable: name => v4Of(name) !== undefined,
  isInNet: (name, network, mask) => isInNet(v4Of(name) ?? '', String(network), String(mask)),
  myIpAddress: () => task.addresses.find(isV4) ?? '127.0.0.1',
  dnsResolveEx: name => addressesOf(name).join(';'),
  isResolvableEx: name => addressesOf(name).length > 0,
  myIpAddressEx: () => task.addresses.join(';'),
}

async function run(): Promise<string> {
  const noOutput = () => 0
  const vm = await QuickJS.create({
    ...(task.engine === undefined ? {} : { wasm: task.engine }),
    memoryLimit: task.memoryBytes,
    wasi: () => ({ fd_write: noOutput }),
  })
  // Only plain values come out.
  const plain = (arg: JSValueHandle) =>
    ['string', 'number', 'boolean'].includes(vm.typeof(arg)) ? vm.dump(arg) : undefined
  for (const [name, callee] of Object.entries(functions)) {
    const handle = vm.newFunction(name, (...args) => vm.hostToHandle(callee(...args.map(plain))))
    vm.setProp(vm.global, name, handle)
  }
  vm.evalCode(task.script, 'proxy.pac').dispose()
  const find = vm.evalCode('FindProxyForURL')
  const result = vm.dump(vm.callFunction(find, vm.undefined, vm.newString(task.url), vm.newString(task.host)))
  if (typeof result === 'string') return result
  if (result === null || result === undefined) return ''
  throw new Error('FindProxyForURL returned no text')
}

/** A reason is shown: one line of what the file says of itself. */
function reasonOf(error: unknown): string {
  const { name, message } =
    error instanceof JSException || error instanceof Error ? error : new Error(String(error))
  return `${name}: ${message}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)
}

run().then(
  text => tell({ kind: 'result', text: text.slice(0, 4096) }),
  (error: unknown) => tell({ kind: 'failed', reason: reasonOf(error) }),
)
