/** A way as a row of stations. The state of each is told by shape and in words, not by colour alone. */
import { Text, VisuallyHidden } from '@mantine/core'
import classes from './stations.module.css'

export const stopStates = ['ok', 'warning', 'failed', 'active', 'pending', 'skipped'] as const
export type StopState = (typeof stopStates)[number]

export interface StopProps {
  readonly id: string
  readonly name: string
  /** Lines below the name: an address, a scheme, a time. */
  readonly details: readonly string[]
  readonly state: StopState
  readonly stateName: string
  /** In the circle instead of the state's sign. */
  readonly sign?: string
}

const signs: Readonly<Record<StopState, string>> = {
  ok: '✓',
  warning: '!',
  failed: '✗',
  active: '',
  pending: '·',
  skipped: '–',
}

export function Stations({ label, stops }: { readonly label: string; readonly stops: readonly StopProps[] }) {
  return (
    <ol className={classes['row']} aria-label={label}>
      {stops.map(({ id, name, details, state, stateName, sign }) => (
        <li key={id} className={classes['stop']} data-state={state}>
          <span className={classes['circle']} aria-hidden="true">
            {sign ?? signs[state]}
          </span>
          <Text size="sm" className={classes['name']}>
            {name}
          </Text>
          <VisuallyHidden>{stateName}</VisuallyHidden>
          {details.map(detail => (
            <Text key={detail} size="xs" c="dimmed" className={classes['name']}>
              {detail}
            </Text>
          ))}
        </li>
      ))}
    </ol>
  )
}
