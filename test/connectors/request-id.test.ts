import { describe, expect, it } from 'vitest'
import { connectorModules } from '../../src/connectors/index.ts'
import { requestIdIn } from '../../src/connectors/request-id.ts'
import { defaultsOf } from '../support/settings.ts'

describe('what a CRM calls a request', () => {
  it.each([
    ['hubspot', 'x-hubspot-correlation-id'],
    ['salesforce', 'x-sfdc-request-id'],
    ['salesforce', 'x-request-id'],
  ])('%s says in %s', (id, header) => {
    const module = connectorModules.find((candidate) => candidate.id === id)
    if (module === undefined) throw new Error('there is no such CRM')
    const app = Object.fromEntries(
      Object.keys(module.settings)
        .filter((name) => /_CLIENT_/.test(name))
        .map((name) => [name, 'x']),
    )
    const connector = module.create({ ...defaultsOf(module), ...app })
    expect(connector?.requestId({ [header]: '0198f3a4-77c1-4cc0' })).toBe('0198f3a4-77c1-4cc0')
    expect(connector?.requestId({})).toBe(null)
  })

  it.each(['', 'short', 'Ana Quuxmann', 'ana@quuxmann.example', 'a'.repeat(101), 'line\nbreak'])('is never %j', (value) => {
    expect(requestIdIn({ name: value }, 'name')).toBe(null)
  })
})
