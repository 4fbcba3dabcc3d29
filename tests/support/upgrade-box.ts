/** A box in front of a gateway that treats upgrades as a test wants, and lets everything else through byte by byte. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { join, type ProxyPeer, startProxyTwin } from './proxy-twin.ts'

/** `pass`: it is let through as it came. */
export type BoxRule = (head: string, peer: ProxyPeer) => 'pass' | undefined

export const isBare = (head: string) => /^Upgrade: tildegate\/1$/im.test(head)
export const isWebSocket = (head: string) => /^Upgrade: websocket$/im.test(head)
export const isData = (head: string) => head.startsWith('GET /.tildegate/data ')

export async function startUpgradeBox(gatewayPort: number, rule: BoxRule) {
  let decide = rule
  const twin = await startProxyTwin(async peer => {
    const head = await peer.head()
    if (decide(head, peer) === 'pass') await passOn(peer, `${head}\r\n\r\n`, gatewayPort)
  })
  return {
    port: twin.port,
    peers: twin.peers,
    heads: twin.heads,
    /** From the next connection on. */
    rule: (next: BoxRule) => {
      decide = next
    },
    /** Breaks all connections that are open. */
    cut: () => {
      for (const { socket } of twin.peers) socket.destroy()
    },
  }
}

export async function passOn(peer: ProxyPeer, begin: string, port: number): Promise<void> {
  const gateway = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  onTestFinished(() => void gateway.destroy())
  await once(gateway, 'connect')
  gateway.write(begin, 'latin1')
  join(peer.socket, gateway)
}
