/**
 * A site as IIS has it with Windows authentication: the first request of a connection is refused, the second one gets
 * a challenge, the third one logs the connection in, and what comes after is that user's. Whether the password is
 * right is not looked at: whose connection it is, is.
 */
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'

export function ntlmSite(): Server {
  const loggedIn = new WeakSet<Socket>()
  return createServer((request, response) => {
    const message = /^NTLM (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
    const type = message === undefined ? 0 : Buffer.from(message, 'base64').readUInt32LE(8)
    if (type === 3) loggedIn.add(request.socket)
    if (loggedIn.has(request.socket)) {
      response.setHeader('Content-Type', 'text/html')
      response.end('<!doctype html><link rel="icon" href="data:,"><h1>Welcome inside</h1>')
      return
    }
    const challenge = type === 1 ? `NTLM ${challengeMessage().toString('base64')}` : 'NTLM'
    response.writeHead(401, { 'WWW-Authenticate': challenge, 'Content-Length': '0' }).end()
  })
}

/** CHALLENGE_MESSAGE (MS-NLMP §2.2.1.2) of the server HOME. */
function challengeMessage(): Buffer {
  const name = Buffer.from('HOME', 'utf16le')
  const info = Buffer.concat([pair(2, name), pair(1, name), pair(0, Buffer.alloc(0))])
  const message = Buffer.alloc(48)
  message.write('NTLMSSP\0', 'latin1')
  message.writeUInt32LE(2, 8)
  writeSpan(message, 12, name.length, 48)
  // Unicode, target, NTLM, a server, extended session security, target info, 128 bits.
  message.writeUInt32LE(0x208a0205, 20)
  message.write('01234567', 24, 'latin1')
  writeSpan(message, 40, info.length, 48 + name.length)
  return Buffer.concat([message, name, info])
}

function pair(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, value])
}

function writeSpan(message: Buffer, at: number, length: number, offset: number): void {
  message.writeUInt16LE(length, at)
  message.writeUInt16LE(length, at + 2)
  message.writeUInt32LE(offset, at + 4)
}
