/** One tunnel in the table; its name leads to its page. */
import { Anchor, Text } from '@mantine/core'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/dashboard/state.ts'
import { ShownText } from '../../kit/shown-text.tsx'
import { StateDot } from '../../kit/state-dot.tsx'
import table from '../../kit/table.module.css'
import classes from '../dashboard.module.css'
import { placeOf } from '../stores/place.ts'
import { useWords } from '../words.ts'
import { dotOf, stateWords } from './tunnel-words.ts'

export interface TunnelRowProps {
  readonly tunnel: TunnelView
  readonly now: number
}

export const TunnelRow = memo(function TunnelRow({ tunnel, now }: TunnelRowProps) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const { name, agent, os, address, since, requests, errors, sentBytes, receivedBytes } = tunnel
  return (
    <tr data-state={tunnel.state}>
      <th scope="row">
        <div className={classes['named']}>
          <StateDot state={dotOf(tunnel)} />
          <div>
            <Anchor href={placeOf(name)} c="inherit" fw={600} size="sm" underline="hover">
              {name}
            </Anchor>
            <Text size="xs" c="dimmed">
              {stateWords(tunnel, t)}
            </Text>
          </div>
        </div>
      </th>
      <td>
        <div className={classes['agent']}>
          {agent !== undefined && <ShownText text={agent} />}
          {os !== undefined && (
            <Text size="xs" c="dimmed">
              <ShownText text={os} />
            </Text>
          )}
        </div>
      </td>
      <td className={table['address']}>{address}</td>
      <td className={table['number']}>{since !== undefined && words.duration(now - since)}</td>
      <Amount of={tunnel.requestsPerSecond} words={words.rate} />
      <Amount of={requests} words={words.number} />
      <Amount of={errors} words={words.number} isBad />
      <Amount of={sentBytes} words={words.bytes} />
      <Amount of={receivedBytes} words={words.bytes} />
    </tr>
  )
})

interface AmountProps {
  readonly of: number
  words(amount: number): string
  readonly isBad?: boolean
}

/** Nothing is told in a quiet voice. */
function Amount({ of, words, isBad = false }: AmountProps) {
  const tone = of === 0 ? classes['nothing'] : isBad ? table['broken'] : undefined
  return (
    <td className={table['number']}>
      <span className={tone}>{of === 0 ? '0' : words(of)}</span>
    </td>
  )
}
