/** The way out: stations, the encryption in words, and the connection test. */
import { Group, Stack, Title } from '@mantine/core'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { BusyButton } from '../../kit/busy-button.tsx'
import { Card } from '../../kit/card.tsx'
import { Note } from '../../kit/note.tsx'
import { Stations, type StopProps } from '../../kit/stations.tsx'
import { client } from '../client.ts'
import { RouteTestView } from '../route/route-test-view.tsx'
import { endRouteTest, startRouteTest, useRouteTest } from '../stores/route-test.ts'
import { doing } from '../stores/troubles.ts'
import { wayOf } from './way-stops.ts'

const schemeNames = { basic: 'Basic', ntlm: 'NTLM' } as const

export function WayCard({ tunnel }: { readonly tunnel: TunnelView }) {
  const { t } = useTranslation()
  const { id, outer, visitors, roundTripMs } = tunnel
  const isTesting = useRouteTest(state => state.isRunning)
  const isTested = useRouteTest(state => state.stations !== undefined)
  useEffect(() => () => doing(endRouteTest(client)), [])
  const stops = wayOf(tunnel).map(({ id: stop, kind, hop, address, scheme, state }): StopProps => {
    const time = kind === 'gateway' && roundTripMs !== undefined && state === 'ok'
    const isCounted = kind === 'visitors' && state === 'ok'
    return {
      id: stop,
      name: kind === 'proxy' ? t('route.proxy', { hop }) : t(`route.${kind}`),
      details: [
        ...(address === undefined ? [] : [address]),
        ...(scheme === undefined ? [] : [schemeNames[scheme]]),
        ...(time ? [t('state.roundTrip', { ms: Math.round(roundTripMs) })] : []),
      ],
      state,
      stateName: t(`route.state_${state}`),
      ...(isCounted ? { sign: String(visitors) } : {}),
    }
  })
  return (
    <Card label={t('tunnel.wayOut')}>
      <Stack gap={14}>
        <Group justify="space-between">
          <Title order={2}>{t('tunnel.wayOut')}</Title>
          <BusyButton
            variant="default"
            isBusy={isTesting}
            onClick={() => doing(startRouteTest(client, { of: 'tunnel', id }))}
          >
            {t('tunnel.test')}
          </BusyButton>
        </Group>
        {isTested ? <RouteTestView /> : <Stations label={t('tunnel.wayOut')} stops={stops} />}
        {outer !== undefined && <Note tone="calm">{t(`tunnel.outer_${outer}`)}</Note>}
      </Stack>
    </Card>
  )
}
