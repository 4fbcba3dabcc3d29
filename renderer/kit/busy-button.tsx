/** A button that shows that it is at work or of no use just now, and keeps the focus meanwhile, which a disabled one loses. */
import { Button, type ButtonProps, Loader } from '@mantine/core'
import type { MouseEventHandler } from 'react'

export interface BusyButtonProps extends Omit<ButtonProps, 'disabled' | 'loading'> {
  readonly type?: 'submit'
  readonly isBusy?: boolean
  readonly isUseless?: boolean
  readonly onClick?: MouseEventHandler<HTMLButtonElement>
}

export function BusyButton({ isBusy = false, isUseless = false, onClick, ...others }: BusyButtonProps) {
  const isOff = isBusy || isUseless
  return (
    <Button
      {...others}
      aria-busy={isBusy || undefined}
      aria-disabled={isOff || undefined}
      {...(isUseless ? { 'data-disabled': true } : {})}
      leftSection={isBusy ? <Loader size={14} color="currentColor" /> : undefined}
      onClick={event => {
        if (isOff) event.preventDefault()
        else onClick?.(event)
      }}
    />
  )
}
