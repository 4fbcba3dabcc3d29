/**
 * Two hosts of a test's own, network namespaces joined by a veth pair. Needs root and iproute2. Both ends of the cable are away from this
 * computer's own network: an interface that comes or goes there makes every Chromium on it break its loads off (ERR_NETWORK_CHANGED).
 */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { type ProgramOptions, startCommand } from './programs.ts'

const ip = (...args: string[]) => spawnSync('ip', args, { encoding: 'utf8' })

export const canMakeNamespaces = (() => {
  if (process.getuid?.() !== 0) return false
  const name = `tg-probe-${process.pid}`
  const made = ip('netns', 'add', name).status === 0
  if (made) ip('netns', 'delete', name)
  return made
})()

export interface TwoHosts {
  /** Put before a command, it runs on the one host, or on the other. */
  readonly here: readonly string[]
  readonly there: readonly string[]
  readonly addressHere: string
  readonly addressThere: string
  /** The cable between the two out, and in again. */
  unplug(): void
  plug(): void
  remove(): void
}

function must(...args: string[]): void {
  const { status, stderr } = ip(...args)
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}

export function joinHosts(): TwoHosts {
  const [here, there] = ['here', 'there'].map(side => `tg-${randomUUID().slice(0, 8)}-${side}`) as [
    string,
    string,
  ]
  for (const name of [here, there]) must('netns', 'add', name)
  must('-n', here, 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', there)
  const [addressHere, addressThere] = ['10.214.0.1', '10.214.0.2']
  const ends = [
    [here, addressHere],
    [there, addressThere],
  ] as const
  for (const [name, own] of ends) {
    must('-n', name, 'address', 'add', `${own}/24`, 'dev', 'cable')
    must('-n', name, 'link', 'set', 'cable', 'up')
    must('-n', name, 'link', 'set', 'lo', 'up')
  }
  return {
    here: ['ip', 'netns', 'exec', here],
    there: ['ip', 'netns', 'exec', there],
    addressHere,
    addressThere,
    unplug: () => must('-n', there, 'link', 'set', 'cable', 'down'),
    plug: () => must('-n', there, 'link', 'set', 'cable', 'up'),
    remove() {
      for (const name of [here, there]) ip('netns', 'delete', name)
    },
  }
}

async function said(script: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { ended, stdout, stderr } = startCommand(
    [process.execPath, '--input-type=module', '-e', script, ...args],
    options,
  )
  if ((await ended) !== 0) throw new Error(stderr.join('\n'))
  return stdout.join('\n')
}

/** What a visitor on a host gets who asks for a page so many times at once. */
export async function visitFrom(within: readonly string[], url: string, times = 1) {
  const script = `const [, url, times] = process.argv
    const visit = async () => {
      const answer = await fetch(url)
      return { status: answer.status, text: await answer.text() }
    }
    console.log(JSON.stringify(await Promise.all(Array.from({ length: Number(times) }, visit))))`
  return JSON.parse(await said(script, [url, String(times)], { within })) as readonly {
    readonly status: number
    readonly text: string
  }[]
}

/** Whether a host gets a TCP connection. */
export async function reaches(within: readonly string[], host: string, port: number): Promise<boolean> {
  const script = `import { connect } from 'node:net'
    const [, host, port] = process.argv
    const socket = connect(Number(port), host)
    const end = reached => { console.log(reached); socket.destroy() }
    socket.on('connect', () => end(true)).on('error', () => end(false))`
  return (await said(script, [host, String(port)], { within })) === 'true'
}
