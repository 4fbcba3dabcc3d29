/** What went wrong with something the user asked for, until it is closed. */
import { create } from 'zustand'
import { type Failure, failureOf } from '../../../shared/ipc/reply.ts'

interface TroublesState {
  readonly failure?: Failure
}

export const useTroubles = create<TroublesState>(() => ({}))

/** Waits for what a click has asked for; its failure is shown, not lost. */
export function doing(work: Promise<unknown>): void {
  work.catch((error: unknown) => useTroubles.setState({ failure: failureOf(error) }))
}

export function closeTrouble(): void {
  useTroubles.setState({}, true)
}
