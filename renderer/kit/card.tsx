/** The surface that things stand on. With a label it is a thing of its own for a screen reader. */
import type { ReactNode } from 'react'
import classes from './kit.module.css'

export interface CardProps {
  readonly label?: string
  readonly children: ReactNode
}

export function Card({ label, children }: CardProps) {
  return label === undefined ? (
    <div className={classes['card']}>{children}</div>
  ) : (
    <article className={classes['card']} aria-label={label}>
      {children}
    </article>
  )
}
