/** Something the user should know, with the button that deals with it. */
import type { ReactNode } from 'react'
import classes from './kit.module.css'

export interface NoteProps {
  /** `calm` informs, `warn` asks for something. */
  readonly tone?: 'calm' | 'warn'
  readonly title?: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}

export function Note({ tone = 'warn', title, children, action }: NoteProps) {
  return (
    <div className={classes['note']} data-tone={tone} role={tone === 'warn' ? 'alert' : 'status'}>
      <div className={classes['noteText']}>
        {title !== undefined && <strong>{title} </strong>}
        {children}
      </div>
      {action}
    </div>
  )
}
