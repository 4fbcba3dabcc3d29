/** Step 3: directly, as this PC does, or through a chain of proxies; and whether all of it works. */
import { Button, SegmentedControl, Stack, Text } from '@mantine/core'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Draft, emptyProxy, type ProxyDraft, ways } from './draft.ts'
import { type FocusAfter, ProxyCard } from './proxy-card.tsx'
import type { StepProps } from './step.ts'

export function WayStep(props: StepProps) {
  const { t } = useTranslation()
  const { draft, change } = props
  const { way, proxies } = draft
  const [changed, setChanged] = useState<FocusAfter & { readonly key: number }>()
  const addButton = useRef<HTMLButtonElement>(null)
  const choose = (value: Draft['way']) =>
    change({ way: value, proxies: value === 'proxies' && proxies.length === 0 ? [emptyProxy()] : proxies })
  const put = (key: number, changes: Partial<ProxyDraft>) =>
    change({ proxies: proxies.map(proxy => (proxy.key === key ? { ...proxy, ...changes } : proxy)) })
  const move = (at: number, by: -1 | 1) => {
    const [moved] = proxies.slice(at, at + 1)
    if (moved === undefined) return
    const others = proxies.toSpliced(at, 1)
    change({ proxies: others.toSpliced(at + by, 0, moved) })
    setChanged({ key: moved.key, moved: by })
  }
  const add = () => {
    const added = emptyProxy()
    change({ proxies: [...proxies, added] })
    setChanged({ key: added.key, moved: 0 })
  }
  const remove = (at: number) => {
    change({ proxies: proxies.toSpliced(at, 1) })
    addButton.current?.focus()
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
            remove={() => remove(i)}
            {...(changed?.key === proxy.key ? { focusAfter: changed } : {})}
          />
        ))}
      {way === 'proxies' && (
        <Button
          ref={addButton}
          variant="subtle"
          size="compact-sm"
          style={{ alignSelf: 'flex-start' }}
          onClick={add}
        >
          {t(proxies.length === 0 ? 'share.addProxy' : 'share.addProxyBehind')}
        </Button>
      )}
    </Stack>
  )
}
