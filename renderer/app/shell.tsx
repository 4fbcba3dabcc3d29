/** The frame of every page: name and navigation above, what all must know, then the page, fetched when it is first shown. */
import { Group, Loader, UnstyledButton } from '@mantine/core'
import { type ComponentType, lazy, Suspense, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Destination } from '../../shared/ipc/views.ts'
import { Mark } from '../kit/mark.tsx'
import { useFocusOnChange, useTopOnChange } from '../kit/use-focus.ts'
import { Banners } from './banners.tsx'
import { SharedPage } from './shared/shared-page.tsx'
import classes from './shell.module.css'
import { goTo, usePlace } from './stores/place.ts'

type PageProps<Page extends Destination['page']> = {
  readonly place: Extract<Destination, { page: Page }>
}
type Pages = { readonly [Page in Destination['page']]: ComponentType<PageProps<Page>> }

/** The list is in the window's first bundle; all else comes when it is asked for. */
const pages: Pages = {
  shared: SharedPage,
  tunnel: lazy(async () => ({ default: (await import('./tunnel/tunnel-page.tsx')).TunnelPage })),
  share: lazy(async () => ({ default: (await import('./share/share-page.tsx')).SharePage })),
  activity: lazy(async () => ({ default: (await import('./activity/activity-page.tsx')).ActivityPage })),
  settings: lazy(async () => ({ default: (await import('./settings/settings-page.tsx')).SettingsPage })),
}

const navigation = ['shared', 'activity', 'settings'] as const

export function Shell() {
  const { t } = useTranslation()
  const place = usePlace(state => state.place)
  const Page = pages[place.page] as ComponentType<{ readonly place: Destination }>
  const body = useRef<HTMLElement>(null)
  useFocusOnChange(body, place, 'ifLost')
  useTopOnChange(body, place)
  return (
    <div className={classes['window']}>
      <header className={classes['header']}>
        <Mark />
        <span className={classes['name']}>Tildegate</span>
        <Group component="nav" gap={4} aria-label={t('nav.label')}>
          {navigation.map(page => (
            <UnstyledButton
              key={page}
              className={classes['link']}
              aria-current={page === place.page ? 'page' : undefined}
              onClick={() => goTo({ page })}
            >
              {t(`nav.${page}`)}
            </UnstyledButton>
          ))}
        </Group>
      </header>
      <main ref={body} tabIndex={-1} className={classes['body']}>
        <Banners />
        <Suspense fallback={<Loader size="sm" aria-label={t('common.loading')} />}>
          <Page place={place} />
        </Suspense>
      </main>
    </div>
  )
}
