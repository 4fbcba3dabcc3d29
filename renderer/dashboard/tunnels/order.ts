/** Which tunnels are listed, and in which order. Pure functions. */
import type { TunnelView } from '../../../shared/dashboard/state.ts'

export const columns = ['name', 'since', 'rate', 'requests', 'errors', 'sent', 'received'] as const
export type Column = (typeof columns)[number]

export interface Order {
  readonly by: Column
  readonly isUp: boolean
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

const values: Readonly<Record<Exclude<Column, 'name'>, (tunnel: TunnelView) => number>> = {
  // Who is longest here has begun first; who is not here comes last.
  since: ({ since }) => (since === undefined ? 0 : Number.MAX_SAFE_INTEGER - since),
  rate: ({ requestsPerSecond }) => requestsPerSecond,
  requests: ({ requests }) => requests,
  errors: ({ errors }) => errors,
  sent: ({ sentBytes }) => sentBytes,
  received: ({ receivedBytes }) => receivedBytes,
}

/** A click on a column: names from A on, numbers from the largest; a second click turns it. */
export function orderAfter(before: Order, by: Column): Order {
  return before.by === by ? { by, isUp: !before.isUp } : { by, isUp: by === 'name' }
}

export function listed(tunnels: readonly TunnelView[], text: string, { by, isUp }: Order): TunnelView[] {
  const wanted = text.trim().toLowerCase()
  const sign = isUp ? 1 : -1
  const byName = (a: TunnelView, b: TunnelView) => collator.compare(a.name, b.name)
  const value = by === 'name' ? undefined : values[by]
  return tunnels
    .filter(tunnel => wanted === '' || searched(tunnel).includes(wanted))
    .toSorted((a, b) =>
      value === undefined ? sign * byName(a, b) : sign * (value(a) - value(b)) || byName(a, b),
    )
}

function searched({ name, address = '', agent = '', os = '' }: TunnelView): string {
  return [name, address, agent, os].join('\n').toLowerCase()
}
