/**
 * What runs in the page: Electron's two worlds as the stand-in makes them. The preload runs in an isolated JavaScript world of Chromium; what
 * it exposes reaches the page's own world as Electron's contextBridge lets it: values by structured clone, functions and promises by proxy.
 * The worlds share nothing but the DOM, so messages between them are DOM events, whose `detail` Chromium itself clones.
 */

/** Runs in the page, in both worlds: no names from outside. */
function makeSide(tag: string, side: 'page' | 'preload') {
  type Message =
    | { type: 'call'; id: number; call: number; args: unknown[] }
    | { type: 'return'; call: number; isFine: boolean; value: unknown }
    | { type: 'settled'; id: number; isFine: boolean; value: unknown }
    | { type: 'expose'; name: string; value: unknown }
  const other = side === 'page' ? 'preload' : 'page'
  const functions = new Map<number, (...args: unknown[]) => unknown>()
  const returns = new Map<number, { isFine: boolean; value: unknown }>()
  const promises = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let last = 0
  const dispatch = document.dispatchEvent.bind(document)
  const send = (message: Message) => dispatch(new CustomEvent(`${tag}-${other}`, { detail: message }))
  const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

  function encode(value: unknown): unknown {
    if (typeof value === 'function') {
      functions.set(++last, value as (...args: unknown[]) => unknown)
      return { [tag]: 'function', id: last }
    }
    if (value instanceof Promise) {
      const id = ++last
      value.then(
        result => send({ type: 'settled', id, isFine: true, value: encode(result) }),
        (error: unknown) => send({ type: 'settled', id, isFine: false, value: wordsOf(error) }),
      )
      return { [tag]: 'promise', id }
    }
    if (Array.isArray(value)) return value.map(encode)
    if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encode(inner)]))
    return structuredClone(value)
  }

  function decode(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(decode)
    if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
      return value
    const { [tag]: kind, id } = value as Record<string, unknown>
    if (kind === 'function') return (...args: unknown[]) => call(id as number, args)
    if (kind === 'promise')
      return new Promise((resolve, reject) => promises.set(id as number, { resolve, reject }))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decode(inner)]))
  }

  function call(id: number, args: unknown[]): unknown {
    const number = ++last
    send({ type: 'call', id, call: number, args: args.map(encode) })
    const answer = returns.get(number)
    returns.delete(number)
    if (answer === undefined) throw new Error('the other world is gone')
    if (!answer.isFine) throw new Error(String(answer.value))
    return decode(answer.value)
  }

  function answer(id: number, number: number, args: unknown[]): void {
    try {
      const value = encode(functions.get(id)?.(...args.map(decode)))
      send({ type: 'return', call: number, isFine: true, value })
    } catch (error) {
      send({ type: 'return', call: number, isFine: false, value: wordsOf(error) })
    }
  }

  document.addEventListener(`${tag}-${side}`, event => {
    const message = (event as CustomEvent<Message>).detail
    if (message.type === 'call') answer(message.id, message.call, message.args)
    else if (message.type === 'return') returns.set(message.call, message)
    else if (message.type === 'settled') {
      const promise = promises.get(message.id)
      promises.delete(message.id)
      if (message.isFine) promise?.resolve(decode(message.value))
      else promise?.reject(new Error(String(message.value)))
    } else
      Object.defineProperty(globalThis, message.name, {
        value: Object.freeze(decode(message.value)),
        enumerable: true,
      })
  })
  return { expose: (name: string, value: unknown) => send({ type: 'expose', name, value: encode(value) }) }
}

/** Runs in the isolated world before the preload: what `require('electron')` gives a sandboxed preload. */
function makePreloadElectron(side: ReturnType<typeof makeSide>, binding: string) {
  const undefinedMark = '$undefined'
  const world = globalThis as unknown as Record<string, unknown>
  const listeners = new Map<string, Set<(event: object, ...args: unknown[]) => void>>()
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let last = 0
  /** JSON has no undefined, and a reviver cannot bring it back. */
  const revive = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(revive)
    if (value === null || typeof value !== 'object') return value
    if (undefinedMark in value) return undefined
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner)]))
  }
  const text = (value: unknown) =>
    JSON.stringify(structuredClone(value), (_, inner: unknown) =>
      inner === undefined ? { [undefinedMark]: true } : inner,
    )
  const toMain = world[binding] as (message: string) => void
  world['receiveFromMain'] = (message: string) => {
    const heard = revive(JSON.parse(message)) as
      | { kind: 'answer'; id: number; isFine: boolean; value: unknown }
      | { kind: 'event'; channel: string; args: unknown[] }
    if (heard.kind === 'event') {
      for (const listener of listeners.get(heard.channel) ?? []) listener({}, ...heard.args)
      return
    }
    const call = waiting.get(heard.id)
    waiting.delete(heard.id)
    if (heard.isFine) call?.resolve(heard.value)
    else call?.reject(new Error(String(heard.value)))
  }
  return {
    contextBridge: { exposeInMainWorld: side.expose },
    ipcRenderer: {
      invoke(channel: string, ...args: unknown[]) {
        const id = ++last
        toMain(text({ id, channel, args }))
        return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
      },
      on(channel: string, listener: (event: object, ...args: unknown[]) => void) {
        listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener))
      },
      removeListener(channel: string, listener: (event: object, ...args: unknown[]) => void) {
        listeners.get(channel)?.delete(listener)
      },
    },
  }
}

export const undefinedMark = '$undefined'

export function pageScript(tag: string): string {
  return `if (window.top === window) (${makeSide.toString()})(${JSON.stringify(tag)}, 'page')`
}

/** `source` is the built preload, a CommonJS module. */
export function preloadScript(tag: string, binding: string, source: string): string {
  return `if (window.top === window) {
    const side = (${makeSide.toString()})(${JSON.stringify(tag)}, 'preload')
    const electron = (${makePreloadElectron.toString()})(side, ${JSON.stringify(binding)})
    const module = { exports: {} }
    const require = name => { if (name === 'electron') return electron; throw new Error('module not found: ' + name) }
    ;(function (module, exports, require) {\n${source}\n})(module, module.exports, require)
  }`
}
