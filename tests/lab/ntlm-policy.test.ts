/**
 * The lab's domain refuses NTLMv1, so what our logins pass with is NTLMv2. Shown with Samba's own client (`ntlm_auth`), which can be told
 * to send the old responses, through the real proxy.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { howToGetIt, isLabUp, labFolder, passwords, ports } from './lab.ts'

/** Samba's client as a conversation: Type 1 out, Type 2 in, Type 3 out; base64. */
function sambaClient(...options: string[]) {
  const child = spawn(
    'ntlm_auth',
    [
      '--helper-protocol=ntlmssp-client-1',
      `--configfile=${join(labFolder, 'conf', 'smb.conf')}`,
      '--domain=LAB',
      '--username=alice',
      `--password=${passwords.alice}`,
      ...options,
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  onTestFinished(() => void child.kill())
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return async (command: string): Promise<string> => {
    child.stdin.write(`${command}\n`)
    const { value = '' } = await lines.next()
    return value.split(' ')[1] ?? ''
  }
}

/** One CONNECT; its status and the challenge in it. */
async function ask(socket: Socket, token: string): Promise<{ status: number; challenge: string }> {
  socket.write(
    `CONNECT 127.0.0.1:${ports.open} HTTP/1.1\r\nHost: 127.0.0.1\r\nProxy-Authorization: NTLM ${token}\r\n\r\n`,
  )
  let text = ''
  for (;;) {
    text += String((await once(socket, 'data'))[0])
    const end = text.indexOf('\r\n\r\n')
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0)
    if (end < 0 || text.length < end + 4 + length) continue
    const challenge = /^proxy-authenticate: NTLM (\S+)/im.exec(text)?.[1] ?? ''
    return { status: Number(text.split(' ')[1]), challenge }
  }
}

async function logIn(...options: string[]): Promise<{ status: number; responseBytes: number }> {
  const client = sambaClient(...options)
  const socket = connect(ports.ntlm, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const { challenge } = await ask(socket, await client('YR'))
  const type3 = await client(`TT ${challenge}`)
  // MS-NLMP 2.2.1.3: the length of the NT response; 24 bytes are NTLMv1.
  const responseBytes = Buffer.from(type3, 'base64').readUInt16LE(20)
  return { status: (await ask(socket, type3)).status, responseBytes }
}

describe.skipIf(!isLabUp)(`the policy of the lab’s domain ${howToGetIt}`, () => {
  it('refuses the right password in NTLMv1', async () => {
    expect(await logIn('--option=clientntlmv2auth=no')).toEqual({ status: 407, responseBytes: 24 })
  })

  it('lets it in with NTLMv2', async () => {
    const { status, responseBytes } = await logIn()
    expect(status).toBe(200)
    expect(responseBytes).toBeGreaterThan(24)
  })
})
