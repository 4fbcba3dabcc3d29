/** The agent's session machine and its retry schedule: pure, for the driver and for what shows it. */
export { retrySchedule } from './retry.ts'
export {
  type Cause,
  type Effect,
  type Happening,
  type OuterKind,
  type SessionEvent,
  type SessionState,
  type SessionView,
  type Terms,
  viewOf,
} from './state.ts'
export { dueAt, initialState, step } from './step.ts'
export { saysCut } from './way.ts'
