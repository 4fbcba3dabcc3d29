/** Step 3: directly, as this PC does, or through a chain of proxies; and whether all of it works. */
import { Button, SegmentedControl, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type Draft, emptyProxy, type ProxyDraft, ways } from './draft.ts'
import { ProxyCard } from './proxy-card.tsx'
import type { StepProps } from './step.ts'

export function WayStep(props: StepProps) {
  const { t } = useTranslation()
  const { draft, change } = props
  const { way, proxies } = draft
  const choose = (value: Draft['way']) =>
    change({ way: value, proxies: value === 'proxies' && proxies.length === 0 ? [emptyProxy()] : proxies })
  const put = (key: number, changes: Partial<ProxyDraft>) =>
    change({ proxies: proxies.map(proxy => (proxy.key === key ? { ...proxy, ...changes } : proxy)) })
  const move = (at: number, by: number) => {
    const [moved] = proxies.slice(at, at + 1)
    if (moved === undefined) return
    const others = proxies.toSpliced(at, 1)
    change({ proxies: others.toSpliced(at + by, 0, moved) })
  }
  return (
    <Stack gap={14} align="stretch">
      <SegmentedControl
        style={{ alignSelf: 'flex-start' }}
        aria-label={t('share.way')}
        value={way}
        onChange={choose}
        data={ways.map(value => ({ value, label: t(`share.way_${value}`) }))}
      />
      <Text size="sm" c="dimmed">
        {t(`share.wayHow_${way}`)}
      </Text>
      {way === 'proxies' &&
        proxies.map((proxy, i) => (
          <ProxyCard
            key={proxy.key}
            number={i + 1}
            count={proxies.length}
            proxy={proxy}
            step={props}
            change={changes => put(proxy.key, changes)}
            move={by => move(i, by)}
            remove={() => change({ proxies: proxies.toSpliced(i, 1) })}
          />
        ))}
      {way === 'proxies' && (
        <Button
          variant="subtle"
          size="compact-sm"
          style={{ alignSelf: 'flex-start' }}
          onClick={() => change({ proxies: [...proxies, emptyProxy()] })}
        >
          {t(proxies.length === 0 ? 'share.addProxy' : 'share.addProxyBehind')}
        </Button>
      )}
    </Stack>
  )
}
