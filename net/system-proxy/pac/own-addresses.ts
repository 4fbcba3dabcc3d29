/** This computer's own addresses, for `myIpAddress`: first those from which packets to the outside would go. */
import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'

/** For documentation only (RFC 5737, RFC 3849): routed like any address out there. */
const outside = { udp4: '192.0.2.1', udp6: '2001:db8::1' } as const

export async function ownAddresses(): Promise<readonly string[]> {
  const routed = await Promise.all([sourceFor('udp4'), sourceFor('udp6')])
  const others = Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address)
  return [...new Set([...routed.filter(address => address !== undefined), ...others])]
}

/** Connecting a UDP socket chooses its source and sends nothing. */
function sourceFor(type: 'udp4' | 'udp6'): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = createSocket(type)
    const done = (address: string | undefined) => {
      socket.close()
      resolve(address)
    }
    socket.once('error', () => done(undefined))
    socket.connect(53, outside[type], (error?: Error) => done(error ? undefined : socket.address().address))
  })
}
