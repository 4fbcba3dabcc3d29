/** One proxy of the chain: where it is, how it wants us to log in, and its place in the chain. */
import {
  ActionIcon,
  Button,
  Group,
  Input,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Card } from '../../kit/card.tsx'
import { useStoreName } from '../passwords/store-name.ts'
import { loginKinds, type ProxyDraft, proxyKinds } from './draft.ts'
import type { StepProps } from './step.ts'

/** What was done to this proxy: the keyboard goes on from there. */
export interface FocusAfter {
  /** By so many places; 0: it is new. */
  readonly moved: -1 | 0 | 1
}

export interface ProxyCardProps {
  readonly number: number
  readonly count: number
  readonly proxy: ProxyDraft
  readonly step: Pick<StepProps, 'missing' | 'showsMissing' | 'isChange'>
  readonly focusAfter?: FocusAfter
  change(changes: Partial<ProxyDraft>): void
  /** One place up (-1) or down (1). */
  move(by: -1 | 1): void
  remove(): void
}

export function ProxyCard(props: ProxyCardProps) {
  const { number, count, proxy, step, focusAfter, change, move, remove } = props
  const { t } = useTranslation()
  const parts = useFocusAfter(focusAfter)
  const { key, kind, address, login } = proxy
  const { missing, showsMissing } = step
  return (
    <Card label={t('route.proxy', { hop: number })}>
      <Stack gap={12}>
        <Group gap={4}>
          <Text fw={600} flex={1}>
            {t('route.proxy', { hop: number })}
          </Text>
          {count > 1 && (
            <>
              <ActionIcon
                ref={parts.up}
                variant="subtle"
                aria-label={t('share.moveUp', { hop: number })}
                disabled={number === 1}
                onClick={() => move(-1)}
              >
                <IconArrowUp size={16} />
              </ActionIcon>
              <ActionIcon
                ref={parts.down}
                variant="subtle"
                aria-label={t('share.moveDown', { hop: number })}
                disabled={number === count}
                onClick={() => move(1)}
              >
                <IconArrowDown size={16} />
              </ActionIcon>
            </>
          )}
          <Button
            variant="subtle"
            size="compact-sm"
            aria-label={t('share.removeProxy', { hop: number })}
            onClick={remove}
          >
            {t('keychain.remove')}
          </Button>
        </Group>
        <Group align="flex-start" wrap="wrap">
          <TextInput
            ref={parts.address}
            flex={1}
            miw={200}
            label={t('share.proxyAddress')}
            placeholder={t('share.proxyExample')}
            value={address}
            onChange={event => change({ address: event.currentTarget.value })}
            error={showsMissing && missing.has(`address-${key}`) && t('share.proxyAddressMissing')}
          />
          <Select
            w={120}
            label={t('share.proxyKind')}
            allowDeselect={false}
            data={proxyKinds.map(value => ({ value, label: value.toUpperCase() }))}
            value={kind}
            onChange={value => change({ kind: proxyKinds.find(one => one === value) ?? 'http' })}
          />
          <Stack gap={0}>
            <Input.Label labelElement="div">{t('share.login')}</Input.Label>
            <SegmentedControl
              aria-label={t('share.login')}
              value={login}
              onChange={value => change({ login: value })}
              data={loginKinds.map(value => ({ value, label: t(`share.login_${value}`) }))}
            />
          </Stack>
        </Group>
        {login !== 'none' && <Account proxy={proxy} step={step} change={change} />}
      </Stack>
    </Card>
  )
}

/** A card that moved may have lost the focus; at the end of the chain, the arrow that moved it there is of no more use. */
function useFocusAfter(done: FocusAfter | undefined) {
  const up = useRef<HTMLButtonElement>(null)
  const down = useRef<HTMLButtonElement>(null)
  const address = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (done === undefined) return
    const [arrow, other] = done.moved < 0 ? [up, down] : [down, up]
    const part = done.moved === 0 ? address : arrow.current?.disabled ? other : arrow
    part.current?.focus()
  }, [done])
  return { up, down, address }
}

function Account({ proxy, step, change }: Pick<ProxyCardProps, 'proxy' | 'step' | 'change'>) {
  const { t } = useTranslation()
  const store = useStoreName()
  const { key, login, domain, user, password } = proxy
  return (
    <Group align="flex-end" wrap="wrap">
      {login === 'ntlm' && (
        <TextInput
          w={150}
          label={t('share.domain')}
          value={domain}
          onChange={event => change({ domain: event.currentTarget.value })}
        />
      )}
      <TextInput
        w={170}
        label={t('share.user')}
        value={user}
        onChange={event => change({ user: event.currentTarget.value })}
        error={step.showsMissing && step.missing.has(`user-${key}`) && t('share.userMissing')}
      />
      <PasswordInput
        flex={1}
        miw={220}
        label={t('password.label')}
        description={t('password.keptIn', { store })}
        placeholder={step.isChange ? t('share.passwordStays') : ''}
        value={password}
        onChange={event => change({ password: event.currentTarget.value })}
        autoComplete="off"
        visibilityToggleButtonProps={{ 'aria-label': t('password.show') }}
      />
    </Group>
  )
}
