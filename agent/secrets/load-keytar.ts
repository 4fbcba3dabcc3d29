/** keytar, wherever it is: a package, or native code within the packaged single file. */
import { isSingleFile, packedNative } from '../../net/single-file.ts'

type Keytar = Pick<typeof import('keytar'), 'getPassword' | 'setPassword' | 'deletePassword'>

/** @throws whatever the system says of a library that is missing */
export async function loadKeytar(): Promise<Keytar> {
  // The package's own JavaScript does nothing but look for this file, and check that no argument is empty.
  if (isSingleFile) return packedNative('keytar.node') as Keytar
  return (await import('keytar')).default
}
