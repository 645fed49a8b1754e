/** What an org or a user lacks is learned from refusals: once, and told once. */
import { describe, expect, it } from 'vitest'
import type { Memory, Session } from '../../../src/connectors/connector.ts'
import type { SalesforceApi } from '../../../src/connectors/salesforce/api.ts'
import { SalesforceError } from '../../../src/connectors/salesforce/errors.ts'
import { readMissingField, Schema, withSchema } from '../../../src/connectors/salesforce/schema.ts'
import { errorOf } from '../../support/promises.ts'
import { newMemory } from '../../support/session.ts'

describe('the field that a refusal names', () => {
  it.each<[string, readonly string[]]>([
    ["No such column 'OtherPhone' on entity 'Contact'. If you are attempting to use a custom field…", ['Contact.OtherPhone']],
    [
      "\nOtherPhone,Account.Name FROM Contact\n^\nERROR at Row:1:Column:8\nNo such column 'OtherPhone' on entity 'Contact'.",
      ['Contact.OtherPhone'],
    ],
    ["No such column 'Website' on sobject of type Lead", ['Lead.Website']],
    ["No such column 'Website' on entity 'Account'", ['Contact.Account.Website']],
    ["No such column 'Account.Name' on entity 'Contact'", ['Contact.Account.Name']],
    [
      "Didn't understand relationship 'Account' in field path. If you are attempting…",
      ['Contact.Account.Name', 'Contact.Account.Website'],
    ],
    ["No such relation 'Account' on entity 'Contact'", ['Contact.Account.Name', 'Contact.Account.Website']],
    ["No such column 'Id' on entity 'Contact'", []],
    ["No such column 'Shoe__c' on entity 'Contact'", []],
    ["No such column 'Phone' on entity 'User'", []],
    ["Didn't understand relationship 'Owner' in field path.", []],
    ['Le champ est inconnu', []],
    ['', []],
  ])('%j', (message, missing) => {
    expect(readMissingField(message)).toEqual(missing)
  })
})

describe('a schema', () => {
  it('leaves out what is missing, and keeps converted leads out where it can', () => {
    const schema = new Schema(['Contact.OtherPhone', 'Contact.Account.Website', 'Lead.IsConverted'])
    expect(schema.objects).toEqual(['Contact', 'Lead'])
    expect(schema.fields('Contact')).toEqual(expect.arrayContaining(['Id', 'Name', 'Account.Name']))
    expect(schema.fields('Contact')).not.toContain('OtherPhone')
    expect(schema.fields('Contact')).not.toContain('Account.Website')
    expect(schema.phones('Contact')).toEqual(['Phone', 'MobilePhone', 'HomePhone', 'AssistantPhone'])
    expect(schema.only('Lead')).toBe('')
    expect(new Schema([]).only('Lead')).toBe('IsConverted = false')
    expect(new Schema([]).only('Contact')).toBe('')
    expect(new Schema(['Lead']).objects).toEqual(['Contact'])
  })
})

describe('learning', () => {
  function setUp({ described = {} }: { described?: Readonly<Record<string, readonly string[]>> } = {}) {
    const memory: Memory = newMemory()
    const told: string[] = []
    const asked: string[] = []
    const session = { memory, notice: (finding: string) => told.push(finding) } as unknown as Session
    const api: SalesforceApi = {
      query: () => Promise.reject(new Error('not here')),
      batch: () => Promise.reject(new Error('not here')),
      find: () => Promise.reject(new Error('not here')),
      findAll: () => Promise.reject(new Error('not here')),
      create: () => Promise.reject(new Error('not here')),
      async describe(object) {
        asked.push(object)
        return { fields: (described[object] ?? new Schema([]).fields(object as 'Contact')).map((name) => ({ name })) }
      },
    }
    /** Runs as an org does that lacks something: each run is refused for the first thing that it asks in vain. */
    const run = (refuse: (schema: Schema) => SalesforceError | null) =>
      withSchema(session, api, async (schema) => {
        const refusal = refuse(schema)
        if (refusal !== null) throw refusal
        return schema
      })
    return { told, asked, run }
  }
  const field = (schema: Schema, object: 'Contact' | 'Lead', name: string) =>
    schema.has(object, name) && schema.objects.includes(object)
      ? new SalesforceError('INVALID_FIELD', `No such column '${name}' on entity '${object}'.`)
      : null
  const noLead = (schema: Schema) =>
    schema.objects.includes('Lead') ? new SalesforceError('INVALID_TYPE', "sObject type 'Lead' is not supported.") : null

  it('of one thing after the other in one question, and never again', async () => {
    const { told, asked, run } = setUp()
    const refuse = (schema: Schema) =>
      field(schema, 'Contact', 'OtherPhone') ?? field(schema, 'Lead', 'Website') ?? noLead(schema)
    expect((await run(refuse)).objects).toEqual(['Contact'])
    expect(told).toEqual([
      expect.stringContaining('no Contact.OtherPhone '),
      expect.stringContaining('no Lead.Website '),
      expect.stringContaining('no Lead '),
    ])
    let runs = 0
    await run((schema) => {
      runs += 1
      return refuse(schema)
    })
    expect({ runs, told: told.length, asked }).toEqual({ runs: 1, told: 3, asked: [] })
  })

  it('by many questions at once tells it once', async () => {
    const { told, run } = setUp()
    await Promise.all(Array.from({ length: 8 }, () => run((schema) => field(schema, 'Contact', 'HomePhone') ?? noLead(schema))))
    expect(told).toHaveLength(2)
  })

  it('from words that can’t be read: by the objects’ own descriptions', async () => {
    const without = new Schema([]).fields('Contact').filter((name) => name !== 'AssistantPhone' && name !== 'Title')
    const { told, asked, run } = setUp({ described: { Contact: without } })
    const schema = await run((schema) =>
      schema.has('Contact', 'Title') ? new SalesforceError('INVALID_FIELD', 'Le champ est inconnu') : null,
    )
    expect([schema.has('Contact', 'Title'), schema.has('Contact', 'AssistantPhone'), schema.has('Lead', 'Title')]).toEqual([
      false,
      false,
      true,
    ])
    expect(asked.toSorted()).toEqual(['Contact', 'Lead'])
    expect(told).toHaveLength(2)
  })

  it.each([
    [
      'a refusal that stays',
      new SalesforceError('INVALID_FIELD', "No such column 'Shoe__c' on entity 'Contact'"),
      'INVALID_FIELD',
    ],
    ['a missing Contact', new SalesforceError('INVALID_TYPE', "sObject type 'Contact' is not supported."), 'INVALID_TYPE'],
    ['another refusal', new SalesforceError('MALFORMED_QUERY', "No such column 'Title' on entity 'Contact'"), 'MALFORMED_QUERY'],
  ])('ends at %s, without asking on', async (_what, refusal, errorCode) => {
    const { told, run } = setUp()
    let runs = 0
    const failing = run(() => {
      runs += 1
      return refusal
    })
    expect(await errorOf(failing)).toMatchObject({ errorCode })
    expect({ runs, told }).toEqual({ runs: 1, told: [] })
  })

  it('ends where the same thing is refused though it is left out', async () => {
    const { told, run } = setUp()
    await errorOf(run(() => new SalesforceError('INVALID_FIELD', "No such column 'Title' on entity 'Contact'")))
    expect(told).toHaveLength(1)
  })
})
