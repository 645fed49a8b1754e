/** `npm run openapi [path]`: writes the API's OpenAPI document, to a file or to standard output. Needs no server and no database. */
import { writeFileSync } from 'node:fs'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import type { Database } from './database/database.ts'
import { newKey } from './keys.ts'

const [path] = process.argv.slice(2)
const secrets = { ENCRYPTION_KEYS: newKey('unused'), ADMIN_TOKEN: 'unused' }
const config = readConfig({ ...secrets, PUBLIC_URL: process.env.PUBLIC_URL ?? '', LOG_LEVEL: 'silent' })
// The routes are described, not asked: nothing of the database is touched.
const app = await buildApp(config, { prisma: {} } as Database)
const { body } = await app.inject('/docs/openapi.json')
await app.close()
const document = `${JSON.stringify(JSON.parse(body), null, 2)}\n`
if (path === undefined) process.stdout.write(document)
else writeFileSync(path, document)
