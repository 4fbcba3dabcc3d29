/** A client of the admin listener that sets any header it likes, as no browser lets a page do, and reads server-sent events. */
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { onTestFinished } from 'vitest'

export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export async function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  const response = await begin(url, options)
  let text = ''
  for await (const piece of response.setEncoding('utf8') as AsyncIterable<string>) text += piece
  return { status: response.statusCode ?? 0, headers: response.headers, text }
}

export interface Events {
  readonly status: number
  /** The next event that has come or comes, with its data; undefined when the stream has ended. */
  next(): Promise<{ readonly name: string; readonly data: unknown } | undefined>
  /** The data of the next event of this name for which `fits` holds. */
  until<T>(name: string, fits: (data: T) => boolean): Promise<T>
  /** No longer reads what comes. */
  stall(): void
  resume(): void
  leave(): void
}

export async function openEvents(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Events> {
  const response = await begin(url, { headers })
  onTestFinished(() => void response.destroy())
  const pieces = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>
  let rest = ''
  const next: Events['next'] = async () => {
    for (;;) {
      const end = rest.indexOf('\n\n')
      if (end >= 0) {
        const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(rest.slice(0, end)) ?? []
        rest = rest.slice(end + 2)
        return { name, data: JSON.parse(data) as unknown }
      }
      const piece = await pieces.next().catch(() => ({ done: true, value: '' }))
      if (piece.done === true) return undefined
      rest += piece.value
    }
  }
  return {
    status: response.statusCode ?? 0,
    next,
    async until<T>(wanted: string, fits: (data: T) => boolean) {
      for (;;) {
        const event = await next()
        if (event === undefined) throw new Error(`ended without ${wanted}`)
        if (event.name === wanted && fits(event.data as T)) return event.data as T
      }
    },
    stall: () => void response.socket.pause(),
    resume: () => void response.socket.resume(),
    leave: () => void response.destroy(),
  }
}

function begin(url: string, { method = 'GET', headers = {}, body }: AskOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, agent: false, insecureHTTPParser: false }, resolve)
    asking.on('error', reject)
    asking.end(body)
  })
}
