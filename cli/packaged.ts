/**
 * Where the packaged single file begins. There is one executable and no script beside it, so that a word says what a process of it is: the one
 * that asks the keychain (docs/decisions/0007-keychain-in-a-process.md), or the command line.
 */
import { keychainProcessWord } from '../agent/secrets/keychain-words.ts'
import { packedFile } from '../net/single-file.ts'

const [, , word] = process.argv

async function begin(): Promise<void> {
  // Nobody gets there by a slip of the pen: without a channel to a parent it is an unknown command.
  if (word === keychainProcessWord && process.channel !== undefined)
    await import('../agent/secrets/keychain-child.ts')
  // Through the stream, which waits for a reader that is slow; the bare descriptor of a full pipe answers EAGAIN.
  else if (word === '--licenses') process.stdout.write(packedFile('licenses'))
  else await import('./main.ts')
}

begin().catch((error: unknown) => {
  process.stderr.write(`tildegate: ${String(error)}\n`)
  process.exitCode = 1
})
