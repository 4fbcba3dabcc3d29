/** The gateway at a glance: how much goes through, every tunnel, and what an admin looks after. */
import { SimpleGrid, Stack } from '@mantine/core'
import type { DashboardState } from '../../shared/dashboard/state.ts'
import { BalanceCard } from './health/balance-card.tsx'
import { CertificateCard, NoCertificateCard } from './health/certificate-card.tsx'
import { GatewayCard } from './health/gateway-card.tsx'
import { LimitsCard } from './health/limits-card.tsx'
import { Totals } from './totals.tsx'
import { TunnelTable } from './tunnels/tunnel-table.tsx'

/** Times are told anew so often, and not with each change: rows that did not change are not drawn. */
const momentMs = 10_000

export function OverviewPage({ state }: { readonly state: DashboardState }) {
  const now = Math.floor(state.gateway.at / momentMs) * momentMs
  return (
    <>
      <Totals state={state} />
      <TunnelTable tunnels={state.tunnels} inAll={state.tunnelsInAll} now={now} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing={14}>
        <Stack gap={14}>
          <LimitsCard bites={state.bites} now={now} />
          <GatewayCard gateway={state.gateway} />
        </Stack>
        <Stack gap={14}>
          <BalanceCard balance={state.balance} />
          {state.certificates.map(certificate => (
            <CertificateCard
              key={certificate.place + certificate.sha256}
              certificate={certificate}
              now={now}
            />
          ))}
          {state.certificates.length === 0 && <NoCertificateCard />}
        </Stack>
      </SimpleGrid>
    </>
  )
}
