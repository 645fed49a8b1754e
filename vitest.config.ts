import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two at a time: every file that needs a database runs a whole PostgreSQL of its own.
    maxWorkers: 2,
  },
})
