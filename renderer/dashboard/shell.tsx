/** The frame of every page: name and connection above, what the admin should know, then the page. */
import { Button, Loader, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Mark } from '../kit/mark.tsx'
import { Note } from '../kit/note.tsx'
import { StateDot } from '../kit/state-dot.tsx'
import classes from './dashboard.module.css'
import { logout } from './gateway-client.ts'
import { Warnings } from './health/warnings.tsx'
import { LoginPage } from './login-page.tsx'
import { OverviewPage } from './overview-page.tsx'
import { forgetGateway, type Link, useGateway } from './stores/gateway.ts'
import { useShownTunnel } from './stores/place.ts'
import { TunnelPage } from './tunnel/tunnel-page.tsx'
import { useWords } from './words.ts'

export function Shell() {
  const { t } = useTranslation('dashboard')
  const link = useGateway(store => store.link)
  const state = useGateway(store => store.state)
  const tunnel = useShownTunnel()
  if (link === 'login') return <LoginPage />
  return (
    <>
      <header className={classes['header']}>
        <div className={classes['bar']}>
          <Mark />
          <span className={classes['name']}>
            <span>Tildegate</span>{' '}
            <Text component="span" c="dimmed" fw={500}>
              {t('title')}
            </Text>
          </span>
          <LinkState link={link} />
          {state?.gateway.asksForToken === true && <LogoutButton />}
        </div>
      </header>
      <main className={classes['body']}>
        <Stack gap={14}>
          <LinkTrouble link={link} />
          {state === undefined ? (
            link === 'connecting' && <Loader size="sm" aria-label={t('loading')} />
          ) : (
            <>
              <Warnings state={state} />
              {tunnel === undefined ? (
                <OverviewPage state={state} />
              ) : (
                <TunnelPage key={tunnel} name={tunnel} state={state} />
              )}
            </>
          )}
        </Stack>
      </main>
    </>
  )
}

function LinkState({ link }: { readonly link: Link }) {
  const { t } = useTranslation('dashboard')
  if (link === 'connecting') return null
  const isLive = link === 'live'
  return (
    <Text component="span" size="sm" c="dimmed" role="status" display="flex" style={{ gap: 8 }}>
      <span style={{ alignSelf: 'center', display: 'flex' }}>
        <StateDot state={isLive ? 'connected' : 'attention'} />
      </span>
      {t(isLive ? 'link.live' : 'link.interrupted')}
    </Text>
  )
}

function LinkTrouble({ link }: { readonly link: Link }) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const at = useGateway(store => store.state?.gateway.at)
  if (link !== 'lost' && link !== 'crowded') return null
  return (
    <Note title={t(`link.${link}`)}>{at !== undefined && t('link.lostShown', { time: words.time(at) })}</Note>
  )
}

function LogoutButton() {
  const { t } = useTranslation('dashboard')
  const leave = async () => {
    if ((await logout()) === 204) forgetGateway()
  }
  return (
    <Button variant="default" size="compact-sm" onClick={() => void leave()}>
      {t('login.leave')}
    </Button>
  )
}
