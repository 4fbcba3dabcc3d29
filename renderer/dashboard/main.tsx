/** The dashboard's beginning: language, theme, then it listens. */
import '@mantine/core/styles.css'
import '../kit/base.css'
import './page.css'
import { MantineProvider } from '@mantine/core'
import { createRoot } from 'react-dom/client'
import { I18nextProvider } from 'react-i18next'
import { startDashboardI18n } from '../i18n/dashboard-i18n.ts'
import { cssVariables, theme } from '../kit/theme.ts'
import { followGateway } from './follow.ts'
import { Shell } from './shell.tsx'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? ''

async function start(): Promise<void> {
  const i18n = await startDashboardI18n(navigator.languages)
  document.documentElement.lang = i18n.language
  document.title = `Tildegate · ${location.host}`
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
  followGateway()
}

void start()
