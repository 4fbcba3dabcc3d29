/** All tunnels in a table that can be searched and sorted. Only rows that changed are drawn anew. */
import { Group, Text, TextInput, Title, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/dashboard/state.ts'
import { Card } from '../../kit/card.tsx'
import table from '../../kit/table.module.css'
import classes from '../dashboard.module.css'
import { type Column, columns, listed, type Order, orderAfter } from './order.ts'
import { TunnelRow } from './tunnel-row.tsx'

/** A search is for those who have more than they see at once. */
const fewTunnels = 8

export interface TunnelTableProps {
  readonly tunnels: readonly TunnelView[]
  readonly inAll: number
  readonly now: number
}

export function TunnelTable({ tunnels, inAll, now }: TunnelTableProps) {
  const { t } = useTranslation('dashboard')
  const [text, setText] = useState('')
  const [order, setOrder] = useState<Order>({ by: 'name', isUp: true })
  const rows = useMemo(() => listed(tunnels, text, order), [tunnels, text, order])
  return (
    <Card label={t('tunnels.title')}>
      <Group justify="space-between" mb={10} mih={30}>
        <Title order={2}>{t('tunnels.title')}</Title>
        {tunnels.length > fewTunnels && (
          <TextInput
            size="xs"
            type="search"
            aria-label={t('tunnels.find')}
            placeholder={t('tunnels.find')}
            value={text}
            onChange={event => setText(event.currentTarget.value)}
          />
        )}
      </Group>
      {tunnels.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('tunnels.none')}
        </Text>
      )}
      {tunnels.length > 0 && (
        <div className={table['wide']}>
          <table className={table['table']}>
            <caption>
              <VisuallyHidden>{t('tunnels.title')}</VisuallyHidden>
            </caption>
            <thead>
              <tr>
                <Heading column="name" order={order} onOrder={setOrder} />
                <th scope="col">{t('tunnels.agent')}</th>
                <th scope="col">{t('tunnels.address')}</th>
                {columns.slice(1).map(column => (
                  <Heading key={column} column={column} order={order} onOrder={setOrder} />
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(tunnel => (
                <TunnelRow key={tunnel.name} tunnel={tunnel} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {tunnels.length > 0 && rows.length === 0 && (
        <Text size="sm" c="dimmed" mt={10} role="status">
          {t('tunnels.noneFound')}
        </Text>
      )}
      {inAll > tunnels.length && (
        <Text size="sm" c="dimmed" mt={10}>
          {t('tunnels.more', { shown: tunnels.length, all: inAll })}
        </Text>
      )}
    </Card>
  )
}

interface HeadingProps {
  readonly column: Column
  readonly order: Order
  onOrder(order: Order): void
}

function Heading({ column, order, onOrder }: HeadingProps) {
  const { t } = useTranslation('dashboard')
  const isBy = order.by === column
  return (
    <th
      scope="col"
      className={column === 'name' ? undefined : table['number']}
      {...(isBy ? { 'aria-sort': order.isUp ? 'ascending' : 'descending' } : {})}
    >
      <UnstyledButton className={classes['sort']} onClick={() => onOrder(orderAfter(order, column))}>
        {column !== 'name' && <Arrow isBy={isBy} isUp={order.isUp} />}
        {t(`tunnels.${column}`)}
        {column === 'name' && <Arrow isBy={isBy} isUp={order.isUp} />}
      </UnstyledButton>
    </th>
  )
}

function Arrow({ isBy, isUp }: { readonly isBy: boolean; readonly isUp: boolean }) {
  return (
    <span className={classes['arrow']} aria-hidden="true">
      {isBy ? (isUp ? '↑' : '↓') : ''}
    </span>
  )
}
