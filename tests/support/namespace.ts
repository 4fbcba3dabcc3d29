/** Network namespaces of a test's own, joined by a veth pair: other hosts on this machine. Needs root and iproute2. */

import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'

const ip = (...args: string[]) => spawnSync('ip', args, { encoding: 'utf8' })

export const canMakeNamespaces = (() => {
  if (process.getuid?.() !== 0) return false
  const name = `tg-probe-${process.pid}`
  const made = ip('netns', 'add', name).status === 0
  if (made) ip('netns', 'delete', name)
  return made
})()

export interface Host {
  /** Put before a command, it runs there. */
  readonly within: readonly string[]
  /** This side's address on the wire between the two. */
  readonly ourAddress: string
  /** The other host's address on it. */
  readonly address: string
  /** The cable out, and in again. */
  unplug(): void
  plug(): void
  remove(): void
}

function must(...args: string[]): void {
  const { status, stderr } = ip(...args)
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}

/** `number` 1 to 250: the hosts of one machine must differ. */
export function addHost(number: number): Host {
  const name = `tg-${process.pid}-${number}`
  const [outer, inner] = [`tgo${number}`, `tgi${number}`]
  const [ourAddress, address] = [`10.213.${number}.1`, `10.213.${number}.2`]
  ip('link', 'delete', outer)
  must('netns', 'add', name)
  must('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner)
  must('link', 'set', inner, 'netns', name)
  must('address', 'add', `${ourAddress}/24`, 'dev', outer)
  must('link', 'set', outer, 'up')
  must('-n', name, 'address', 'add', `${address}/24`, 'dev', inner)
  must('-n', name, 'link', 'set', inner, 'up')
  must('-n', name, 'link', 'set', 'lo', 'up')
  return {
    within: ['ip', 'netns', 'exec', name],
    ourAddress,
    address,
    unplug: () => must('link', 'set', outer, 'down'),
    plug: () => must('link', 'set', outer, 'up'),
    remove: () => {
      ip('netns', 'delete', name)
      ip('link', 'delete', outer)
    },
  }
}

export interface TwoHosts {
  /** Put before a command, it runs on the one host, or on the other. */
  readonly here: readonly string[]
  readonly there: readonly string[]
  /** Of the other host. */
  readonly address: string
  /** The cable between the two out, and in again. */
  unplug(): void
  plug(): void
  remove(): void
}

/** Two hosts of which this machine's own network sees nothing: whatever else runs on it is left alone. */
export function joinHosts(): TwoHosts {
  const [here, there] = ['here', 'there'].map(side => `tg-${randomUUID().slice(0, 8)}-${side}`) as [
    string,
    string,
  ]
  for (const name of [here, there]) must('netns', 'add', name)
  must('-n', here, 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', there)
  const address = '10.214.0.2'
  const ends = [
    [here, '10.214.0.1'],
    [there, address],
  ] as const
  for (const [name, own] of ends) {
    must('-n', name, 'address', 'add', `${own}/24`, 'dev', 'cable')
    must('-n', name, 'link', 'set', 'cable', 'up')
    must('-n', name, 'link', 'set', 'lo', 'up')
  }
  return {
    here: ['ip', 'netns', 'exec', here],
    there: ['ip', 'netns', 'exec', there],
    address,
    unplug: () => must('-n', there, 'link', 'set', 'cable', 'down'),
    plug: () => must('-n', there, 'link', 'set', 'cable', 'up'),
    remove() {
      for (const name of [here, there]) ip('netns', 'delete', name)
    },
  }
}
