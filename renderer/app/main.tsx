/** The window's beginning: stores are fed, the language is set, the shell is drawn. */
import '@mantine/core/styles.css'
import '../kit/base.css'
import './window.css'
import { MantineProvider } from '@mantine/core'
import { createRoot } from 'react-dom/client'
import { I18nextProvider } from 'react-i18next'
import { i18n, type Language, speak, startI18n } from '../i18n/i18n.ts'
import { cssVariables, theme } from '../kit/theme.ts'
import { client } from './client.ts'
import { Shell } from './shell.tsx'
import { followApp, useApp } from './stores/app.ts'
import { goTo } from './stores/place.ts'
import { doing } from './stores/troubles.ts'
import { followTunnels } from './stores/tunnels.ts'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? ''

function languageNow(): Language {
  const { settings, about } = useApp.getState()
  const wanted = settings?.language ?? 'system'
  return wanted === 'system' ? (about?.systemLanguage ?? 'en') : wanted
}

async function start(): Promise<void> {
  // The engine may be down: the window is there all the same, and is told when it is back.
  doing(followTunnels(client))
  await followApp(client)
  await startI18n(languageNow())
  useApp.subscribe(() => doing(speak(languageNow())))
  const root = document.getElementById('root')
  if (root === null) return
  createRoot(root).render(
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <I18nextProvider i18n={i18n}>
        <Shell />
      </I18nextProvider>
    </MantineProvider>,
  )
  client.app.goTo(goTo)
  const first = await client.app.ready()
  if (first !== undefined) goTo(first)
}

doing(start())
