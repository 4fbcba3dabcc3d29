/** A small line of the last values, drawn to its own height. */
export interface SparklineProps {
  readonly values: readonly number[]
  readonly label: string
}

const width = 120
const height = 30
const margin = 2

export function Sparkline({ values, label }: SparklineProps) {
  const top = Math.max(1, ...values)
  const step = width / Math.max(1, values.length - 1)
  const y = (value: number) => height - margin - (value / top) * (height - 2 * margin)
  const points = values.map((value, i) => `${(i * step).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <polyline
        points={points}
        fill="none"
        stroke="var(--tg-accent)"
        strokeWidth="2"
        strokeLinejoin="round"
      />
    </svg>
  )
}
