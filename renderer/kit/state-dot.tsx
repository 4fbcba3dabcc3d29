/** A state at a glance, told apart by shape as well as by colour. The words stand beside it. */
import classes from './kit.module.css'

export type DotState = 'connected' | 'connecting' | 'attention' | 'off'

export function StateDot({ state }: { readonly state: DotState }) {
  return <span className={classes['dot']} data-state={state} aria-hidden="true" />
}
