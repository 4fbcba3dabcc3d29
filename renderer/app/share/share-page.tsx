import { Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'

export function SharePage() {
  const { t } = useTranslation()
  return <Title order={1}>{t('shared.shareSomething')}</Title>
}
