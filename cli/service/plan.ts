/** What a service manager has to be given for one of our services, as data: it can be shown before anything is done. */

export const serviceNames = ['gateway', 'agent'] as const
export type ServiceName = (typeof serviceNames)[number]
/** Of the whole system, or of one user. */
export type ServiceScope = 'system' | 'user'

/** Stands in every file that is written; what lacks it is not touched. */
export const ownMark = 'Written by “tildegate service install”.'

export interface ServiceRequest {
  readonly name: ServiceName
  readonly scope: ServiceScope
  /** This program and its first arguments, absolute. */
  readonly program: readonly string[]
  /** What follows the name of the command. */
  readonly options: readonly string[]
  /** The agent's files as given, absolute or relative to `folder`; taken out of `options`. */
  readonly entryFiles: readonly string[]
  /** Ports that the service manager opens, taken out of `options`. */
  readonly sockets?: { readonly http: readonly string[]; readonly https: readonly string[] }
  /** A gateway of the system that has no balance.bin yet: where an empty one is to be made, with which it starts and waits for its first line. */
  readonly emptyBalance?: string
  /** Where balance.bin and backbalance.bin are looked for, absolute. */
  readonly folder: string
  /** Of the user, absolute. */
  readonly home: string
  /** The user’s number and name, where the system has them. */
  readonly uid: number
  readonly user: string
}

export interface PlannedFile {
  readonly path: string
  readonly content: string | Buffer
}

export type CommandLine = readonly [string, ...string[]]

export interface ServicePlan {
  readonly files: readonly PlannedFile[]
  /** Of an earlier installation with other options, and how to end them. */
  readonly superseded: readonly { readonly path: string; readonly end: CommandLine }[]
  /** Once the files are there. */
  readonly install: readonly CommandLine[]
  /** While they are still there; one that fails has nothing to stop. */
  readonly uninstall: readonly CommandLine[]
  /** Once they are gone. */
  readonly afterwards: readonly CommandLine[]
  /** Status 0 where the service runs. */
  readonly status: CommandLine
  /** What to know, a sentence each. */
  readonly notes: readonly string[]
}
