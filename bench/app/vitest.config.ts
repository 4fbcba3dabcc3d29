/** `npm run bench:app`: no tests, but the app is started in the same way, as built. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['bench/app/*.bench.ts'],
    testTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 1,
  },
})
