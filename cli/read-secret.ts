/** A password from whoever runs the command: typed at the terminal without echo, or from standard input. Never from the arguments. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Secret } from '../shared/secret.ts'
import { CommandFailure, exitStatus } from './failure.ts'

/** Every store takes so much; the Windows Credential Manager takes 2560. */
const maxBytes = 2048

export const canAsk = () => process.stdin.isTTY === true

/** @throws CommandFailure 130 on Ctrl-C, 1 for what cannot be a password */
export async function readSecret(whose: string): Promise<Secret> {
  return checked(canAsk() ? await askTerminal(`Password of ${whose} (not shown): `) : await readInput())
}

/** Raw mode, as Node's line editor sets it, is what turns the echo off; the editor's own output goes nowhere. */
async function askTerminal(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const editor = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 })
  process.stderr.write(prompt)
  try {
    return await new Promise((resolve, reject) => {
      const stopped = (status: 1 | 130) => reject(new CommandFailure(status, 'Nothing was stored.'))
      editor.once('line', resolve)
      editor.once('SIGINT', () => stopped(exitStatus.interrupted))
      editor.once('close', () => stopped(exitStatus.failed))
    })
  } finally {
    editor.close()
    process.stderr.write('\n')
  }
}

/** All of it; one line break at its end is not part of the password. */
async function readInput(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxBytes + 2) throw tooLong()
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      .decode(Buffer.concat(chunks))
      .replace(/\r?\n$/, '')
  } catch (cause) {
    throw new CommandFailure(exitStatus.failed, 'The password is not UTF-8 text. Nothing was stored.', [], {
      cause,
    })
  }
}

function checked(text: string): Secret {
  const secret = Secret.fromText(text)
  if (secret.isEmpty)
    throw new CommandFailure(exitStatus.failed, 'The password is empty. Nothing was stored.')
  if (/[\0\r\n]/.test(text))
    throw new CommandFailure(exitStatus.failed, 'The password is more than one line. Nothing was stored.')
  if (secret.use(bytes => bytes.length) > maxBytes) throw tooLong()
  return secret
}

function tooLong(): CommandFailure {
  const message = `The password is longer than ${maxBytes} bytes. Nothing was stored.`
  return new CommandFailure(exitStatus.failed, message)
}
