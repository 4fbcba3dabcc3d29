/** Which page the window shows. */
import { create } from 'zustand'
import type { Destination } from '../../../shared/ipc/views.ts'

interface PlaceState {
  readonly place: Destination
}

export const usePlace = create<PlaceState>(() => ({ place: { page: 'shared' } }))

export function goTo(place: Destination): void {
  usePlace.setState({ place })
}
