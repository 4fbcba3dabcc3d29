/** `npm run screenshots`: not tests, but made in the same way, by the app as built. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/screenshots/**/*.shots.ts'],
    testTimeout: 120_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 1,
  },
})
