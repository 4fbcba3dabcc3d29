/** A folder as Kubernetes mounts a ConfigMap or a Secret: files are links through `..data`, which is turned to another folder at once. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export class TurnedFolder {
  readonly folder: string
  #generation = 0

  constructor(folder: string, files: Readonly<Record<string, string>>) {
    this.folder = folder
    this.turn(files)
    for (const name of Object.keys(files)) symlinkSync(join('..data', name), join(folder, name))
  }

  /** All files at once. What was there before is left, so that nothing but the link tells of it. */
  turn(files: Readonly<Record<string, string>>): void {
    const generation = `..${++this.#generation}`
    mkdirSync(join(this.folder, generation), { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, generation, name), text)
    symlinkSync(generation, join(this.folder, '..data_tmp'))
    renameSync(join(this.folder, '..data_tmp'), join(this.folder, '..data'))
  }
}
