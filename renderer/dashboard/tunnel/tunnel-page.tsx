/** One tunnel: its session, its traffic, its last requests, and the one thing that can be done to it. */
import { Anchor, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { DashboardState, TunnelView } from '../../../shared/dashboard/state.ts'
import { Card } from '../../kit/card.tsx'
import { ShownText } from '../../kit/shown-text.tsx'
import { StateDot } from '../../kit/state-dot.tsx'
import { Facts } from '../facts.tsx'
import { useGateway } from '../stores/gateway.ts'
import { dotOf, stateWords } from '../tunnels/tunnel-words.ts'
import { useWords } from '../words.ts'
import { DropButton } from './drop-button.tsx'
import { VisitCard } from './visit-card.tsx'

export interface TunnelPageProps {
  readonly name: string
  readonly state: DashboardState
}

export function TunnelPage({ name, state }: TunnelPageProps) {
  const { t } = useTranslation('dashboard')
  const heading = useRef<HTMLHeadingElement>(null)
  const tunnel = state.tunnels.find(one => one.name === name)
  const visits = useGateway(store => store.visits)
  // Who came by the keyboard goes on from here.
  useEffect(() => heading.current?.focus(), [])
  return (
    <>
      <Anchor href="#/" size="sm" display="inline-flex" style={{ alignItems: 'center', alignSelf: 'start' }}>
        <IconChevronLeft size={16} aria-hidden="true" />
        {t('tunnel.back')}
      </Anchor>
      <Group gap={12} wrap="nowrap">
        {tunnel !== undefined && <StateDot state={dotOf(tunnel)} />}
        <Stack gap={0} flex={1} miw={0}>
          <Title order={1} ref={heading} tabIndex={-1}>
            <ShownText text={name} />
          </Title>
          <Text size="sm" c="dimmed" role="status">
            {tunnel === undefined ? t('tunnel.gone') : stateWords(tunnel, t)}
          </Text>
        </Stack>
        {tunnel?.state === 'connected' && <DropButton name={name} />}
      </Group>
      {tunnel !== undefined && <TunnelCards tunnel={tunnel} now={state.gateway.at} />}
      {visits !== undefined && <VisitCard visits={visits} />}
    </>
  )
}

function TunnelCards({ tunnel, now }: { readonly tunnel: TunnelView; readonly now: number }) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const { agent, os, address, since, outer, target, asksVisitors, busy, waiting } = tunnel
  const shown = (text: string | undefined) => (text === undefined ? undefined : <ShownText text={text} />)
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={14}>
      <Card label={t('tunnel.facts')}>
        <Title order={2} mb={10}>
          {t('tunnel.facts')}
        </Title>
        <Facts
          of={[
            [t('tunnel.agent'), shown(agent)],
            [t('tunnel.os'), shown(os)],
            [t('tunnel.address'), address],
            [
              t('tunnel.since'),
              since === undefined ? undefined : `${words.moment(since)} (${words.duration(now - since)})`,
            ],
            [t('tunnel.line'), outer === undefined ? undefined : t(`tunnel.line_${outer}`)],
            [t('tunnel.target'), shown(target)],
            [
              t('tunnel.visitors'),
              asksVisitors === undefined
                ? undefined
                : t(`tunnel.visitors_${asksVisitors ? 'asked' : 'anyone'}`),
            ],
            [t('tunnel.now'), t('tunnel.nowWords', { busy, waiting })],
          ]}
        />
      </Card>
      <Card label={t('tunnel.traffic')}>
        <Title order={2} mb={10}>
          {t('tunnel.traffic')}
        </Title>
        <Facts
          of={[
            [t('tunnels.rate'), words.rate(tunnel.requestsPerSecond)],
            [t('tunnels.requests'), words.number(tunnel.requests)],
            [t('tunnels.errors'), words.number(tunnel.errors)],
            [t('tunnels.sent'), words.bytes(tunnel.sentBytes)],
            [t('tunnels.received'), words.bytes(tunnel.receivedBytes)],
          ]}
        />
      </Card>
    </SimpleGrid>
  )
}
