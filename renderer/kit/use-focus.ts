/** Where the keyboard is after what had it has gone: on the page that came, or where a dialog was opened from. */
import { type RefObject, useEffect, useRef, useState } from 'react'

/**
 * Puts the focus on `place` (of `tabIndex` -1) each time that `value` has become another, so that the next Tab leads to what is new there.
 * `ifLost`: unless something that is still there has it. What is scrolled stays so; see `useTopOnChange`.
 */
export function useFocusOnChange(
  place: RefObject<HTMLElement | null>,
  value: unknown,
  when: 'always' | 'ifLost' = 'always',
): void {
  const before = useRef(value)
  useEffect(() => {
    if (before.current === value) return
    before.current = value
    // What is about to go is hidden first, while the new is being fetched.
    const { activeElement } = document
    const isLost = activeElement === document.body || activeElement?.checkVisibility() !== true
    if (when === 'always' || isLost) place.current?.focus({ preventScroll: true })
  }, [place, value, when])
}

/** Shows what `place` is in from its beginning, its heading included, each time that `value` has become another. */
export function useTopOnChange(place: RefObject<HTMLElement | null>, value: unknown): void {
  const before = useRef(value)
  useEffect(() => {
    if (before.current === value) return
    before.current = value
    for (let part = place.current; part !== null; part = part.parentElement) part.scrollTop = 0
  }, [place, value])
}

/** For a dialog that is there only while it is open. */
export function useFocusBack(): void {
  const [opener] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement) opener.focus()
    },
    [opener],
  )
}

/** Puts the focus on the first field within `place` that is marked as wrong, each time that `asked` has grown. */
export function useFocusOnWrong(place: RefObject<HTMLElement | null>, asked: number): void {
  useEffect(() => {
    if (asked > 0) place.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [place, asked])
}
