/** The process that asks the keychain for another one: see docs/decisions/0007-keychain-in-a-process.md. */
import { KeychainHere } from './keychain-here.ts'
import type { NumberedQuestion } from './keychain-process.ts'

const keychain = new KeychainHere()
process.on('message', ({ id, question }: NumberedQuestion) => {
  keychain.ask(question).then(
    answer => process.send?.({ id, answer }),
    () => {},
  )
})
// Not exit(): that would wait for the call under way.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
