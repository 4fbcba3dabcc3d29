/** What an admin must know on whatever page: settings that are not in force, certificates that run out. */
import { useTranslation } from 'react-i18next'
import type { DashboardState } from '../../../shared/dashboard/state.ts'
import { Note } from '../../kit/note.tsx'
import { readable } from '../../kit/shown-text.tsx'
import { useWords } from '../words.ts'

/** Whatever renews it should have done so by then. */
const soonMs = 14 * 86_400_000

export function Warnings({ state }: { readonly state: DashboardState }) {
  const { t } = useTranslation('dashboard')
  const words = useWords()
  const { balance, certificates, gateway } = state
  const { condition, file, takenAt } = balance
  return (
    <>
      {gateway.isStopping && <Note>{t('link.stopping')}</Note>}
      {condition !== 'in-force' && (
        <Note>{t(`balance.${condition}`, { file: readable(file), when: words.moment(takenAt) })}</Note>
      )}
      {certificates
        .filter(({ validTo }) => validTo - gateway.at < soonMs)
        .map(({ names, issuer, validTo, sha256 }) => (
          <Note key={sha256}>
            {t(validTo > gateway.at ? 'certificate.soon' : 'certificate.expired', {
              name: readable(names[0] ?? issuer),
              when: words.relative(validTo - gateway.at),
            })}
          </Note>
        ))}
    </>
  )
}
