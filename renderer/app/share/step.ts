/** What each step is given. */
import type { Draft, Field } from './draft.ts'

export interface StepProps {
  readonly draft: Draft
  change(changes: Partial<Draft>): void
  readonly missing: ReadonlySet<Field>
  /** The user wanted to go on: what is missing is said now. */
  readonly showsMissing: boolean
  /** A tunnel that is there is changed: passwords left out stay. */
  readonly isChange: boolean
}
