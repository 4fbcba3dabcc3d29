/** The stations of the connection test, and below them what is wrong and what to do, or that all is well. */
import { Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useErrorWords } from '../../i18n/words.ts'
import { Note } from '../../kit/note.tsx'
import { Stations, type StopProps } from '../../kit/stations.tsx'
import { useRouteTest } from '../stores/route-test.ts'
import { type RouteStop, stopsOf } from './stops.ts'

export function RouteTestView() {
  const { t } = useTranslation()
  const stations = useRouteTest(state => state.stations)
  const activeId = useRouteTest(state => state.activeId)
  const report = useRouteTest(state => state.report)
  if (stations === undefined) return null
  const stops = stopsOf(stations, activeId)
  const shown = stops.map((stop): StopProps => {
    const { id, kind, label, hop, ms, scheme, state } = stop
    const name = kind === 'proxy' ? t('route.proxy', { hop }) : t(`route.${kind}`)
    const time = ms === undefined ? [] : [t('state.roundTrip', { ms: Math.round(ms) })]
    const words = [...(scheme === undefined ? [] : [scheme]), ...time].join(' · ')
    const address = kind === 'proxy' || kind === 'gateway' ? [label] : []
    const details = [...address, ...(words === '' ? [] : [words])]
    return { id, name, details, state, stateName: t(`route.state_${state}`) }
  })
  const isFine = report?.ok === true
  return (
    <Stack gap={12}>
      <Stations label={t('route.tested')} stops={shown} />
      {stops.map(stop => (
        <Trouble key={stop.id} stop={stop} />
      ))}
      {isFine && <Note tone="calm">{t('route.fine', { ms: Math.round(report.ms) })}</Note>}
    </Stack>
  )
}

function Trouble({ stop: { trouble } }: { readonly stop: RouteStop }) {
  const { t } = useTranslation()
  const words = useErrorWords()
  if (trouble?.code === undefined) return null
  const { code, message = '', mend = '', details = {} } = trouble
  const told = words({ code, message, mend, details })
  return <Note title={told.message}>{code === 'internal' ? t('route.seeLog') : told.mend}</Note>
}
