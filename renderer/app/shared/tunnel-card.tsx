/** One tunnel in the list: name, what it shares, address, state in words, and what is wrong with the button that mends it. */
import { Anchor, Box, Group, Switch, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { TunnelView } from '../../../shared/ipc/views.ts'
import { Card } from '../../kit/card.tsx'
import { Sparkline } from '../../kit/sparkline.tsx'
import { StateDot } from '../../kit/state-dot.tsx'
import { client } from '../client.ts'
import { goTo } from '../stores/place.ts'
import { doing } from '../stores/troubles.ts'
import { AddressLine } from './address-line.tsx'
import { MendingButton } from './mending-button.tsx'
import { ProblemNote } from './problem-note.tsx'
import { useSharedWords } from './shared-words.ts'
import { useStateWords } from './state-words.ts'
import { dotOf } from './tunnel-dot.ts'

export function TunnelCard({ tunnel }: { readonly tunnel: TunnelView }) {
  const { t } = useTranslation()
  const { id, name, isWanted, publicUrl, problem, traffic, state } = tunnel
  const shares = useSharedWords(tunnel)
  const words = useStateWords(tunnel)
  const isConnected = state === 'established'
  return (
    <Card label={name}>
      <Group wrap="nowrap" gap={12}>
        <StateDot state={dotOf(tunnel)} />
        <Box flex={1} miw={0}>
          <Anchor
            component="button"
            c="inherit"
            underline="hover"
            aria-label={t('shared.detailsOf', { name })}
            onClick={() => goTo({ page: 'tunnel', id })}
          >
            <Title order={2} lineClamp={1}>
              {name}
            </Title>
          </Anchor>
          <Text size="sm" c="dimmed" truncate>
            {shares}
          </Text>
        </Box>
        {isConnected && traffic.some(bytes => bytes > 0) && (
          <Sparkline values={traffic} label={t('shared.trafficOf', { name })} />
        )}
        {!isWanted && (
          <Text size="sm" c="dimmed">
            {words}
          </Text>
        )}
        <Switch
          aria-label={t('shared.switchOf', { name })}
          checked={isWanted}
          onChange={event => doing(client.tunnels.turn({ id, isOn: event.currentTarget.checked }))}
        />
      </Group>
      {isWanted && publicUrl !== undefined && <AddressLine id={id} name={name} url={publicUrl} />}
      {isWanted && (
        <Text size="sm" c="dimmed" mt={8} role="status">
          {words}
        </Text>
      )}
      {isWanted && problem !== undefined && (
        <ProblemNote
          tunnel={tunnel}
          problem={problem}
          action={<MendingButton tunnel={tunnel} problem={problem} />}
        />
      )}
    </Card>
  )
}
