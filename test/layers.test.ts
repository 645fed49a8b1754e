/** The rooms of src/ and the direction of imports between them, as .dependency-cruiser.mjs lays them down. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
let options: ICruiseOptions
beforeAll(async () => {
  options = await extractOptions(join(root, '.dependency-cruiser.mjs'))
})

describe('the code', () => {
  it('keeps to the layers', async () => {
    const { modules, summary } = await readImports(root, ['src', 'test', 'prisma'])
    // Under a TypeScript that it doesn't know, dependency-cruiser reads nothing and finds nothing wrong with it.
    expect(modules.filter(({ source }) => source.startsWith('src/')).length).toBeGreaterThan(40)
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([])
  })
})

/** An import that each rule refuses: rule, importing file, what it imports. */
const refused: readonly [rule: string, importer: string, imported: string][] = [
  ['room-plugin', 'src/plugin/a.ts', 'src/consent/b.ts'],
  ['room-consent', 'src/consent/a.ts', 'src/admin/b.ts'],
  ['room-admin', 'src/admin/a.ts', 'src/messages/b.ts'],
  ['room-messages', 'src/messages/a.ts', 'src/plugin/b.ts'],
  ['room-sending', 'src/sending/a.ts', 'src/messages/b.ts'],
  ['room-events', 'src/events/a.ts', 'src/plugin/b.ts'],
  ['room-metrics', 'src/metrics/a.ts', 'src/plugin/b.ts'],
  ['room-api-docs', 'src/api-docs/a.ts', 'src/directory/b.ts'],
  ['room-pages', 'src/pages/a.ts', 'src/directory/b.ts'],
  ['room-inbox-routes', 'src/inbox-routes.ts', 'src/plugin/b.ts'],
  ['room-error-body', 'src/error-body.ts', 'src/plugin/b.ts'],
  ['room-config', 'src/config.ts', 'src/database/b.ts'],
  ['room-setting-files', 'src/setting-files.ts', 'src/keys.ts'],
  ['room-tracing', 'src/tracing/a.ts', 'src/directory/b.ts'],
  ['room-alerts', 'src/alerts.ts', 'src/plugin/b.ts'],
  ['room-health', 'src/health.ts', 'src/connections/b.ts'],
  ['room-directory', 'src/directory/a.ts', 'src/plugin/b.ts'],
  ['room-connections', 'src/connections/a.ts', 'src/directory/b.ts'],
  ['room-connectors', 'src/connectors/a.ts', 'src/connections/b.ts'],
  ['room-connectors', 'src/connectors/hubspot/logs.ts', 'src/logger.ts'],
  ['room-database', 'src/database/a.ts', 'src/connections/b.ts'],
  ['room-sandbox', 'src/sandbox/a.ts', 'src/contact.ts'],
  ['room-contact', 'src/contact.ts', 'src/errors.ts'],
  ['room-errors', 'src/errors.ts', 'src/keys.ts'],
  ['room-keys', 'src/keys.ts', 'src/logger.ts'],
  ['room-language', 'src/language.ts', 'src/contact.ts'],
  ['room-logger', 'src/logger.ts', 'src/contact.ts'],
  ['room-texts', 'src/texts/a.ts', 'src/contact.ts'],
  ['room-telemetry', 'src/telemetry.ts', 'src/logger.ts'],
  ['room-unknown', 'src/app.ts', 'src/telephony/b.ts'],
  ['roots-and-config', 'src/admin/config.ts', 'src/config.ts'],
  ['pages-in-app', 'src/consent/pages.ts', 'src/pages/a.ts'],
  ['sandbox-in-demo', 'src/start.ts', 'src/sandbox/a.ts'],
  ['connectors-by-registry', 'src/directory/crm.ts', 'src/connectors/hubspot/b.ts'],
  ['connector-alone', 'src/connectors/salesforce/a.ts', 'src/connectors/hubspot/b.ts'],
  ['connector-alone', 'src/connectors/salesforce/registry.ts', 'src/connectors/index.ts'],
  ['connector-contract', 'src/connectors/connector.ts', 'src/connectors/hubspot/b.ts'],
  ['sdk-hubspot', 'src/connectors/hubspot/a.ts', 'jsforce'],
  ['sdk-salesforce', 'src/connectors/salesforce/sdk.ts', 'undici'],
  ['sdk-hubspot-elsewhere', 'src/directory/sdk.ts', '@hubspot/api-client'],
  ['sdk-salesforce-elsewhere', 'src/connections/sdk.ts', 'jsforce'],
  ['connector-without-sdk', 'src/connectors/pipedrive/a.ts', 'undici'],
  ['connector-network', 'src/connectors/hubspot/net.ts', 'node:https'],
  ['fastify-outside', 'src/directory/web.ts', 'fastify'],
  ['database-by-stores', 'src/connections/data.ts', 'src/database/b.ts'],
  ['prisma-by-stores', 'src/connections/prisma.ts', '@prisma/client'],
  ['prisma-by-stores', 'src/start.ts', 'src/database/generated/client.ts'],
  ['no-circle', 'src/directory/circle.ts', 'src/directory/circle.ts'],
  ['no-orphan', 'src/plugin/alone.ts', ''],
  ['no-test-only', 'src/plugin/unreached.ts', 'src/contact.ts'],
  ['no-test-in-src', 'src/plugin/test.ts', 'test/a.ts'],
  ['no-dev-package', 'src/plugin/dev.ts', 'vitest'],
  ['no-unlisted-package', 'src/plugin/unlisted.ts', 'unlisted'],
  ['no-unresolvable', 'src/plugin/nowhere.ts', './nowhere-else.ts'],
]

/** Imports that no rule minds, though they are near one that a rule refuses. */
const accepted: readonly [importer: string, imported: string, type?: 'type'][] = [
  ['src/main.ts', 'src/config.ts'],
  ['src/plugin/down.ts', 'src/connectors/connector.ts'],
  ['src/connections/inbox-store.ts', 'src/database/b.ts'],
  ['src/connections/types.ts', 'src/database/generated/client.ts', 'type'],
  ['src/connectors/hubspot/sdk.ts', '@hubspot/api-client'],
  ['src/connectors/hubspot/down.ts', 'src/connectors/crm-url.ts'],
  ['src/demo.ts', 'src/sandbox/a.ts'],
]

describe('a rule', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crm-bridge-layers-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const broken = new Map<string, string[]>()

  beforeAll(async () => {
    const sources = new Map<string, string>()
    const packages = new Set<string>()
    for (const [importer, imported, type = ''] of [...refused.map(([, ...files]) => files), ...accepted]) {
      const local = imported.startsWith('src/') || imported.startsWith('test/')
      const path = local ? relative(dirname(importer), imported).replace(/^(?!\.)/, './') : imported
      if (/^[@a-z]/.test(path) && !path.startsWith('node:')) packages.add(path)
      if (local && !sources.has(imported)) sources.set(imported, '')
      sources.set(importer, `${sources.get(importer) ?? ''}${path && `import ${type} * as it from '${path}'; console.log(it)\n`}`)
    }
    for (const [file, source] of sources) write(join(folder, file), source)
    for (const name of packages) {
      write(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
      write(join(folder, 'node_modules', name, 'index.js'), '')
    }
    const listed = (names: string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']))
    const dependencies = listed([...packages].filter((name) => name !== 'vitest' && name !== 'unlisted'))
    write(join(folder, 'package.json'), JSON.stringify({ dependencies, devDependencies: listed(['vitest']) }))

    const { summary } = await readImports(folder, ['src', 'test'])
    for (const { rule, from } of summary.violations) broken.set(from, [...(broken.get(from) ?? []), rule.name])
  })

  it.each(refused)('%s refuses %s → %s', (rule, importer) => {
    expect(broken.get(importer) ?? []).toContain(rule)
  })

  it.each(accepted)('lets %s → %s pass', (importer) => {
    expect((broken.get(importer) ?? []).filter((rule) => rule !== 'no-test-only')).toEqual([])
  })

  it('is tried above, each of them', () => {
    const rules = options.ruleSet?.forbidden?.map((rule) => rule.name) ?? []
    expect(new Set(refused.map(([rule]) => rule))).toEqual(new Set(rules))
  })
})

async function readImports(baseDir: string, folders: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(folders, { ...options, baseDir })
  if (typeof output === 'string') throw new Error(output)
  return output
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}
