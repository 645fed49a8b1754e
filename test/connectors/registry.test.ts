/** Whatever CRM is in the registry has everything else that belongs to one. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { connectorModules } from '../../src/connectors/index.ts'
import { defaultsOf } from '../support/settings.ts'

describe.each(connectorModules.map((module) => [module.id, module] as const))('%s', (id, module) => {
  it.each([
    ['its connector', `src/connectors/${id}/connector.ts`],
    ['a sandbox', `src/sandbox/${id}/server.ts`],
    ['the contract test', `test/connectors/${id}/contract.test.ts`],
    ['a page on creating its app', `docs/${id}-app.md`],
  ])('has %s', (_, file) => {
    expect(existsSync(file)).toBe(true)
  })

  it('has its settings in .env.example and in the README', () => {
    const settings = Object.keys(module.settings)
    expect(settings.length).toBeGreaterThan(0)
    for (const file of ['.env.example', 'README.md']) {
      const text = readFileSync(file, 'utf8')
      expect(settings.filter((name) => !text.includes(name))).toEqual([])
    }
  })

  it('has settings that begin with its id, so that unknown ones can be told', () => {
    expect(Object.keys(module.settings).filter((name) => !name.startsWith(`${id.toUpperCase()}_`))).toEqual([])
  })

  it('offers itself only when it is set up', () => {
    expect(module.create(defaultsOf(module))).toBeNull()
  })
})
