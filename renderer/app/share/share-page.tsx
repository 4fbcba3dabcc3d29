/** "Share something" in three steps, and the same to change what is shared. */
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Failure, failureOf } from '../../../shared/ipc/reply.ts'
import type { TunnelForm } from '../../../shared/ipc/tunnel-form.ts'
import type { Destination } from '../../../shared/ipc/views.ts'
import { useErrorWords } from '../../i18n/words.ts'
import { BusyButton } from '../../kit/busy-button.tsx'
import { Card } from '../../kit/card.tsx'
import { Note } from '../../kit/note.tsx'
import { useFocusOnChange, useFocusOnWrong, useTopOnChange } from '../../kit/use-focus.ts'
import { client } from '../client.ts'
import { generatePassword } from '../passwords/generate-password.ts'
import { RouteTestView } from '../route/route-test-view.tsx'
import { goTo } from '../stores/place.ts'
import { endRouteTest, startRouteTest, useRouteTest } from '../stores/route-test.ts'
import { doing } from '../stores/troubles.ts'
import { checked, type Draft, draftOf, draftOfLine, emptyDraft, type Field } from './draft.ts'
import { GatewayStep } from './gateway-step.tsx'
import classes from './share.module.css'
import { VisitorsPart } from './visitors-part.tsx'
import { WayStep } from './way-step.tsx'
import { WhatStep } from './what-step.tsx'

export interface SharePageProps {
  readonly place: Extract<Destination, { page: 'share' }>
}

const steps = ['what', 'gateway', 'way'] as const
const questions = { what: 'share.what', gateway: 'share.whichGateway', way: 'share.way' } as const

/** A link or another tunnel begins anew. */
export function SharePage({ place }: SharePageProps) {
  return <ShareDialog key={`${place.id ?? ''} ${place.line ?? ''}`} {...place} />
}

function ShareDialog({ id, line }: Omit<SharePageProps['place'], 'page'>) {
  const { t } = useTranslation()
  const words = useErrorWords()
  const [draft, setDraft] = useState<Draft>(() => ({
    ...((line === undefined ? undefined : draftOfLine(line)) ?? emptyDraft),
    visitorPassword: generatePassword(),
  }))
  const [at, setAt] = useState(0)
  const [showsMissing, setShowsMissing] = useState(false)
  const [timesHeld, setTimesHeld] = useState(0)
  const fields = useRef<HTMLDivElement>(null)
  useFocusOnChange(fields, at)
  useTopOnChange(fields, at)
  useFocusOnWrong(fields, timesHeld)
  const [failure, setFailure] = useState<Failure>()
  const [isBusy, setBusy] = useState(false)
  const isTesting = useRouteTest(state => state.isRunning)
  const isTested = useRouteTest(state => state.stations !== undefined)
  const isChange = id !== undefined
  useEffect(() => {
    if (id !== undefined) doing(client.tunnels.form({ id }).then(form => setDraft(draftOf(form))))
    return () => doing(endRouteTest(client))
  }, [id])

  const { missing, form } = checked(draft, isChange)
  const step = steps[at] ?? 'what'
  const told = failure && words(failure)
  const props = { draft, change, missing, showsMissing, isChange }

  function change(changes: Partial<Draft>): void {
    setDraft(before => ({ ...before, ...changes }))
    setFailure(undefined)
  }

  function go(by: number): void {
    const isHeld = by > 0 && [...missing].some(field => stepOf(field) === step)
    setShowsMissing(isHeld)
    if (isHeld) setTimesHeld(timesHeld + 1)
    else setAt(at + by)
  }

  /** With the whole form, or back to where something is missing. */
  function withForm(use: (whole: TunnelForm) => void): void {
    setFailure(undefined)
    if (form !== undefined) {
      use(form)
      return
    }
    setShowsMissing(true)
    setTimesHeld(timesHeld + 1)
    const [first] = missing
    if (first !== undefined) setAt(steps.indexOf(stepOf(first)))
  }

  async function share(whole: TunnelForm): Promise<void> {
    setBusy(true)
    try {
      await (id === undefined ? client.tunnels.share(whole) : client.tunnels.edit({ id, form: whole }))
      goTo({ page: 'shared' })
    } catch (error) {
      setFailure(failureOf(error))
      setBusy(false)
    }
  }

  return (
    <Stack gap={16} maw={760}>
      <Group align="baseline" gap={10}>
        <Title order={1}>{t(isChange ? 'share.titleChange' : 'shared.shareSomething')}</Title>
        <Text size="sm" c="dimmed">
          {t('share.step', { at: at + 1, count: steps.length, question: t(questions[step]) })}
        </Text>
      </Group>
      <section ref={fields} tabIndex={-1} aria-label={t(questions[step])} className={classes['fields']}>
        {step === 'what' && <WhatStep {...props} />}
        {step === 'gateway' && <GatewayStep {...props} />}
        {step === 'way' && (
          <Stack gap={16}>
            <WayStep {...props} />
            <VisitorsPart {...props} />
          </Stack>
        )}
      </section>
      {step === 'way' && isTested && (
        <Card label={t('route.tested')}>
          <RouteTestView />
        </Card>
      )}
      {told !== undefined && <Note title={told.message}>{told.mend}</Note>}
      <Group>
        <Button variant="default" onClick={() => (at === 0 ? goTo({ page: 'shared' }) : go(-1))}>
          {t(at === 0 ? 'common.cancel' : 'common.back')}
        </Button>
        <Text flex={1} />
        {step === 'way' ? (
          <>
            <BusyButton
              variant="default"
              isBusy={isTesting}
              onClick={() => withForm(whole => doing(startRouteTest(client, { of: 'form', form: whole })))}
            >
              {t(isTested ? 'share.testAgain' : 'tunnel.test')}
            </BusyButton>
            <BusyButton isBusy={isBusy} onClick={() => withForm(whole => void share(whole))}>
              {t(isChange ? 'share.save' : 'share.share')}
            </BusyButton>
          </>
        ) : (
          <Button onClick={() => go(1)}>{t('share.next')}</Button>
        )}
      </Group>
    </Stack>
  )
}

function stepOf(field: Field): (typeof steps)[number] {
  if (field === 'target') return 'what'
  return field === 'name' || field === 'gateway' || field === 'password' ? 'gateway' : 'way'
}
