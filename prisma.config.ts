import { defineConfig } from 'prisma/config'

// Prisma's command line looks for a native schema engine and downloads it when it finds none. Generating the client needs no
// engine, and migrations run on the WebAssembly build (src/database/migrate.ts), so any existing file satisfies the look-up.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
