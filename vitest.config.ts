import { defineConfig } from 'vitest/config'

/** Rooms whose tests leave nothing behind and replace no module: one worker runs all their files, without loading everything anew for each. */
const together = ['test/connectors/**/*.test.ts', 'test/sandbox/**/*.test.ts', 'test/texts/**/*.test.ts']

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two at a time: every file that needs a database runs a whole PostgreSQL of its own.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: ['test/browser/**', ...together] },
      },
      { extends: true, test: { name: 'together', include: together, isolate: false } },
    ],
  },
})
