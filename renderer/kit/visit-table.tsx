/** Requests of visitors, the newest first. All of it comes from strangers, and is shown as text. */
import { VisuallyHidden } from '@mantine/core'
import { ShownText } from './shown-text.tsx'
import classes from './table.module.css'

export interface ShownVisit {
  readonly at: number
  readonly address: string
  readonly method: string
  readonly path: string
  /** 0: the visitor left before an answer. */
  readonly status: number
  readonly durationMs: number
  readonly sentBytes?: number
}

export interface VisitTexts {
  readonly visits: string
  readonly time: string
  readonly visitor: string
  readonly request: string
  readonly status: string
  readonly duration: string
  /** Without it there is no such column. */
  readonly bytes?: string
  readonly left: string
  readonly leftHow: string
}

export interface VisitWords {
  time(at: number): string
  milliseconds(ms: number): string
  bytes?(bytes: number): string
}

export interface VisitTableProps {
  readonly texts: VisitTexts
  readonly words: VisitWords
  /** With what tells each from the others, as long as it is there. */
  readonly visits: readonly (readonly [key: string | number, visit: ShownVisit])[]
}

export function VisitTable({ texts, words, visits }: VisitTableProps) {
  return (
    <table className={classes['table']}>
      <caption>
        <VisuallyHidden>{texts.visits}</VisuallyHidden>
      </caption>
      <thead>
        <tr>
          <th scope="col">{texts.time}</th>
          <th scope="col">{texts.visitor}</th>
          <th scope="col">{texts.request}</th>
          <th scope="col">{texts.status}</th>
          <th scope="col" className={classes['number']}>
            {texts.duration}
          </th>
          {texts.bytes !== undefined && (
            <th scope="col" className={classes['number']}>
              {texts.bytes}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {visits.map(([key, visit]) => (
          <VisitRow key={key} visit={visit} texts={texts} words={words} />
        ))}
      </tbody>
    </table>
  )
}

interface VisitRowProps extends Pick<VisitTableProps, 'texts' | 'words'> {
  readonly visit: ShownVisit
}

function VisitRow({ visit, texts, words }: VisitRowProps) {
  const { at, address, method, path, status, durationMs, sentBytes } = visit
  return (
    <tr>
      <td className={classes['number']} style={{ textAlign: 'left' }}>
        <time dateTime={new Date(at).toISOString()}>{words.time(at)}</time>
      </td>
      <td className={classes['address']}>
        <ShownText text={address} />
      </td>
      <td className={classes['path']}>
        <span className={classes['method']}>
          <ShownText text={method} />
        </span>{' '}
        <ShownText text={path} />
      </td>
      <td className={status >= 500 ? classes['broken'] : undefined}>
        {status === 0 ? <span title={texts.leftHow}>{texts.left}</span> : status}
      </td>
      <td className={classes['number']}>{words.milliseconds(durationMs)}</td>
      {texts.bytes !== undefined && <td className={classes['number']}>{words.bytes?.(sentBytes ?? 0)}</td>}
    </tr>
  )
}
