/** A certificate: for whom, by whom, how long. */
import { Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { CertificateView } from '../../../shared/dashboard/state.ts'
import { Card } from '../../kit/card.tsx'
import { readable } from '../../kit/shown-text.tsx'
import { Facts } from '../facts.tsx'
import { useWords } from '../words.ts'

const fewNames = 4

export interface CertificateProps {
  readonly certificate: CertificateView
  readonly now: number
}

export function CertificateCard({ certificate, now }: CertificateProps) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const { place, names, namesInAll, issuer, isSelfSigned, validTo } = certificate
  const title = t(place === 'listener' ? 'certificate.title' : 'certificate.titleFront')
  const shown = names.slice(0, fewNames).map(readable).join(', ')
  const more = namesInAll - Math.min(fewNames, names.length)
  return (
    <Card label={title}>
      <Title order={2} mb={10}>
        {title}
      </Title>
      <Facts
        of={[
          [
            t('certificate.for'),
            names.length === 0
              ? undefined
              : `${shown} ${more > 0 ? t('certificate.moreNames', { count: more }) : ''}`,
          ],
          [t('certificate.issuer'), isSelfSigned ? t('certificate.selfSigned') : readable(issuer)],
          [
            t('certificate.expires'),
            t('certificate.expiresWords', { date: words.date(validTo), when: words.relative(validTo - now) }),
          ],
        ]}
      />
    </Card>
  )
}

export function NoCertificateCard() {
  const { t } = useTranslation('dashboard')
  return (
    <Card label={t('certificate.title')}>
      <Title order={2}>{t('certificate.title')}</Title>
      <Text size="sm" c="dimmed" mt={8}>
        {t('certificate.none')}
      </Text>
    </Card>
  )
}
