/** A network namespace of a test's own, joined to this one by a veth pair: a second host on this machine. Needs root and iproute2. */
import { spawnSync } from 'node:child_process'

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
