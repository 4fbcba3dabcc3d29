/** Connection tests that windows have asked for: a few at once, each bounded, each told as it goes on. */
import { type RouteTest, testRoute } from '../../agent/index.ts'
import { TildegateError } from '../../shared/errors.ts'
import type { RouteProgress } from '../../shared/ipc/views.ts'
import { Secret } from '../../shared/secret.ts'

export type TestParts = Omit<RouteTest, 'entry' | 'signal' | 'onEvent'>

const maxRuns = 4
const longestMs = 120_000

export class RouteTests {
  readonly #parts: TestParts
  readonly #onProgress: (progress: RouteProgress) => void
  readonly #runs = new Map<number, AbortController>()
  #last = 0

  constructor(parts: TestParts, onProgress: (progress: RouteProgress) => void) {
    this.#parts = parts
    this.#onProgress = onProgress
  }

  /** `visitorPassword`: typed, and not stored yet. @throws TildegateError test-busy */
  start(entry: RouteTest['entry'], visitorPassword?: string): number {
    if (this.#runs.size >= maxRuns) throw new TildegateError('test-busy')
    this.#last += 1
    const run = this.#last
    const controller = new AbortController()
    this.#runs.set(run, controller)
    const { signal } = controller
    const deadline = this.#parts.clock.after(longestMs, () =>
      controller.abort(new TildegateError('engine-silent')),
    )
    const tell = (event: RouteProgress['event']) => this.#onProgress({ run, event })
    const typed =
      visitorPassword === undefined ? {} : { visitorPasswordOf: async () => Secret.fromText(visitorPassword) }
    testRoute({ ...this.#parts, ...typed, entry, signal, onEvent: tell })
      .then(
        report => tell({ kind: 'finished', report }),
        // Only where it was stopped.
        () => tell({ kind: 'stopped' }),
      )
      .finally(() => {
        deadline.cancel()
        this.#runs.delete(run)
      })
      .catch(() => {})
    return run
  }

  stop(run: number): void {
    this.#runs.get(run)?.abort(new Error('the test was stopped'))
  }

  close(): void {
    for (const run of this.#runs.keys()) this.stop(run)
  }
}
