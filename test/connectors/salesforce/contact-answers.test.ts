/** Whatever Salesforce's answers hold, they are written as parsing and mapping them object by object would have them; what isn't JSON is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SalesforceRecord } from '../../../src/connectors/salesforce/api.ts'
import {
  objectOfId,
  type WrittenContacts,
  writeBatch,
  writeFound,
  writeRows,
} from '../../../src/connectors/salesforce/contact-writer.ts'
import type { ObjectName } from '../../../src/connectors/salesforce/schema.ts'
import type { Contact } from '../../../src/contact.ts'
import { phoneReader } from '../../../src/directory/phone.ts'
import { spacedText, steady, typedLink } from '../../support/properties.ts'
import { toContact } from '../../support/salesforce-mapping.ts'

const context = { readPhone: phoneReader('DE'), recordsUrl: 'https://acme.my.salesforce.com/lightning/r' }
const contactId = '0035g000001000BAAQ'
const leadId = '00Q5g000001000BAAQ'

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const contactsOf = ({ json }: WrittenContacts): Contact[] => JSON.parse(String(json))
const found = (answer: string | Buffer) => contactsOf(writeFound(Buffer.from(answer), context))
const namesIn = (answer: string | Buffer) => found(answer).map(({ name }) => name)

/** The contacts and leads among records, by the mapping of objects. */
const mapped = (records: readonly SalesforceRecord[]): Contact[] =>
  records.flatMap((record) => {
    const object = objectOfId(record.Id)
    return object === null ? [] : [toContact(record, object, context)]
  })

const plausible = fc.constantFrom(
  'Ana García',
  ' Ana García',
  'Acme',
  '030 901820',
  '+49 (0)30 901820',
  '0049 30 901820',
  '+1 415\u2011555\u20112671',
  'ask Ana',
  'ana@example.com',
  'example.com',
  'https://example.com',
  'xn--a.com',
  'example.com:80',
  'acme.my.salesforce.com/lightning/r/Contact/0035g000001000BAAQ/view',
  'United States',
  'GB',
)
const value = fc.oneof(
  { weight: 1, arbitrary: typedLink },
  { weight: 3, arbitrary: spacedText },
  { weight: 4, arbitrary: plausible },
  fc.constantFrom<unknown>(null, null, 1, true, [], ['a'], { a: 1 }),
)
const fieldNames = [
  'Name',
  'Title',
  'Email',
  'Phone',
  'MobilePhone',
  'HomePhone',
  'OtherPhone',
  'AssistantPhone',
  'MailingCountry',
  'Company',
  'Website',
  'Country',
  'IsConverted',
]
const account = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ attributes: fc.constant({ type: 'Account' }), Name: value, Website: value }, { requiredKeys: [] }),
  },
  value,
)
const fields = fc.record(
  {
    attributes: fc.constant({ type: 'x', url: '/y' }),
    ...Object.fromEntries(fieldNames.map((name) => [name, value])),
    Account: account,
  },
  { requiredKeys: [] },
)
const suffix = fc.constantFrom('', 'AAQ', 'BA5', 'Baa', 'AA6', '_AA')
const idOf = (prefix: string) =>
  fc.tuple(fc.stringMatching(/^[A-Za-z0-9]{12}$/), suffix).map(([rest, suffix]) => prefix + rest + suffix)
const anyId = fc.oneof(
  { weight: 3, arbitrary: idOf('003') },
  { weight: 3, arbitrary: idOf('00Q') },
  { weight: 1, arbitrary: idOf('001') },
  { weight: 1, arbitrary: fc.stringMatching(/^\w{15}$/) },
)
/** Records whose members are in any order. */
const recordWith = (id: fc.Arbitrary<string>) =>
  fc.tuple(id, fields, fc.nat()).map(([Id, fields, at]) => {
    const members = Object.entries(fields)
    members.splice(at % (members.length + 1), 0, ['Id', Id])
    return Object.fromEntries(members) as SalesforceRecord
  })
const records = fc.array(recordWith(anyId), { maxLength: 6 })
const space = fc.constantFrom(undefined, 1, '\t', '\r\n ')

/** JSON in which some letters of texts and names are escapes. */
const escaped = (json: string, every: number) =>
  every === 0
    ? json
    : json.replace(/"(?:[^"\\]|\\.)*"/g, (string) =>
        string.replace(/\\u....|\\.|[^"\\]/gu, (sign, at: number) =>
          sign.startsWith('\\') || at % every > 0 || sign.length > 1
            ? sign
            : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
        ),
      )
const escapes = fc.constantFrom(0, 0, 2, 5, 17)

describe('an answer', () => {
  it('with rows of one object is written as parsing and mapping it would have it, however it is written itself', () => {
    const rows = fc.oneof(
      fc.tuple(fc.constant<ObjectName>('Contact'), fc.array(recordWith(fc.constant(contactId)), { maxLength: 6 })),
      fc.tuple(fc.constant<ObjectName>('Lead'), fc.array(recordWith(fc.constant(leadId)), { maxLength: 6 })),
    )
    fc.assert(
      fc.property(rows, fc.boolean(), space, escapes, ([object, records], done, indent, every) => {
        const answer = escaped(JSON.stringify({ totalSize: 3, done, records, more: [{}] }, null, indent), every)
        const written = writeRows(Buffer.from(answer), object, context)
        expect(contactsOf(written)).toEqual(
          JSON.parse(answer).records.map((record: SalesforceRecord) => toContact(record, object, context)),
        )
        expect({ length: written.length, done: written.done }).toEqual({ length: records.length, done })
      }),
      steady(1_500),
    )
  })

  it('with whatever was found is written so without what is neither contact nor lead', () => {
    fc.assert(
      fc.property(records, fc.constantFrom('records', 'searchRecords'), space, escapes, (records, name, indent, every) => {
        const answer = escaped(JSON.stringify({ [name]: records, metadata: {} }, null, indent), every)
        const written = writeFound(Buffer.from(answer), context)
        const expected = mapped(JSON.parse(answer)[name])
        expect(contactsOf(written)).toEqual(expected)
        expect(written.length).toBe(expected.length)
      }),
      steady(1_500),
    )
  })

  it('of several is written as one after the other', () => {
    const part = fc.tuple(records, fc.constantFrom('records', 'searchRecords'), fc.constantFrom(200, 201), fc.boolean())
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), space, escapes, (parts, indent, every) => {
        const results = parts.map(([records, name, statusCode, isFirst]) => {
          const result = { totalSize: 1, done: true, [name]: records }
          return isFirst ? { statusCode, result } : { result, statusCode }
        })
        const answer = escaped(JSON.stringify({ hasErrors: false, results }, null, indent), every)
        const written = writeBatch(Buffer.from(answer), parts.length, context)
        expect(contactsOf(written)).toEqual(mapped(JSON.parse(answer).results.flatMap(recordsOf)))
      }),
      steady(1_000),
    )
  })

  it('has any number of records, of any size', () => {
    const many = Array.from({ length: 4_500 }, (_, index) => ({ Id: contactId, Name: `A ${index}` }))
    expect(namesIn(bytesOf({ records: many }))).toEqual(many.map(({ Name }) => Name))
    const long = 'x'.repeat(300_000)
    const [contact] = found(
      bytesOf({ records: [{ Id: contactId, Name: long, Phone: long, Email: long, Account: { Name: 'ä'.repeat(300_000) } }] }),
    )
    expect(contact).toMatchObject({
      name: long,
      companies: [{ company_name: 'ä'.repeat(300_000) }],
      phone_numbers: [{ phone_number: long }],
      email_addresses: [{ email_address: long }],
    })
  })

  it('may name a member twice: the last counts', () => {
    const record = `"Name":"A","Account":{"Name":"Acme","Website":"a.example"},"Name":"B","Account":null`
    expect(found(`{"records":[{"Id":"${leadId}","Id":"${contactId}",${record}}]}`)).toEqual(
      mapped([JSON.parse(`{"Id":"${contactId}",${record}}`)]),
    )
  })

  it('has nothing of the answer before, whatever that was, where a name is escaped', () => {
    const long = 'x'.repeat(4_000)
    const before = `{"${long}":1,"records":[{"${long}":1,"Id":"${contactId}","Name":"Secret","Title":"Secret","Account":{"Name":"Secret"}}]}`
    const answers = [
      `{"records":[{"\\u0049d":"${contactId}","Name":"Bob"},{"Id":"${contactId}","Name":"Ben"}]}`,
      `{"records":[{"Id":"${contactId}","\\u004eame":"Bob","Account":{"\\u004eame":null}},{"Id":"${contactId}","Name":"Ben"}]}`,
      `{"records":[{"${long}":null,"\\u0049d":"${contactId}","Name":"Bob"},{"Id":"${contactId}","Name":"Ben","Account":{}}]}`,
    ]
    for (const answer of answers) {
      expect(namesIn(before)).toEqual(['Secret'])
      const contacts = found(answer)
      expect(contacts.map(({ name }) => name)).toEqual(['Bob', 'Ben'])
      expect(contacts.flatMap(({ companies }) => companies)).toEqual([])
    }
  })

  it('that isn’t UTF-8 is shown as far as it can be', () => {
    expect(namesIn(Buffer.from(`{"records":[{"Id":"${contactId}","Name":"A\xffB"}]}`, 'latin1'))).toEqual(['A\ufffdB'])
  })

  it('has no link to a record where nobody knows where records open', () => {
    const { json } = writeFound(bytesOf({ records: [{ Id: contactId }] }), { ...context, recordsUrl: '' })
    expect(JSON.parse(String(json))).toMatchObject([{ contact_id: contactId, urls: [] }])
  })

  it.each<[string, unknown]>([
    ['no object', []],
    ['no records', { done: true }],
    ['records that are no list', { records: {} }],
    ['records that are null', { records: null }],
    ['a record that is null', { records: [null] }],
    ['a record that is a list', { records: [[]] }],
    ['a record without an id', { records: [{}] }],
    ['a record with a number for an id', { records: [{ Id: 100_000_000_000_000 }] }],
    ['a record whose id is null', { records: [{ Id: null }] }],
    ['a record with an id that is too short', { records: [{ Id: '0035g000001000' }] }],
    ['a record with an id of sixteen', { records: [{ Id: '0035g000001000BA' }] }],
    ['a record with an id that is too long', { records: [{ Id: `${contactId}A` }] }],
    ['a record with an id of signs', { records: [{ Id: "0035g000001'OR'" }] }],
    ['a record with an id of wide letters', { records: [{ Id: '0035g00000100é' }] }],
  ])('is refused with %s', (_what, answer) => {
    expect(() => writeFound(bytesOf(answer), context)).toThrow(/^The JSON breaks off|^the answer holds/)
    expect(() => writeBatch(bytesOf({ results: [{ statusCode: 200, result: answer }] }), 1, context)).toThrow()
  })

  it.each<[string, string]>([
    ['another object', leadId],
    ['an object that is neither', '0015g000001000BAAQ'],
  ])('with rows of %s is refused in a list', (_what, Id) => {
    expect(() => writeRows(bytesOf({ records: [{ Id: contactId }, { Id }] }), 'Contact', context)).toThrow(TypeError)
  })

  it.each<[string, unknown]>([
    ['no results', {}],
    ['results that are no list', { results: {} }],
    ['fewer than there were statements', { results: [{ statusCode: 200, result: { records: [] } }] }],
    [
      'a refusal',
      {
        results: [
          { statusCode: 200, result: { records: [] } },
          { statusCode: 400, result: [{ errorCode: 'X' }] },
        ],
      },
    ],
    [
      'a refusal that looks like an answer',
      {
        results: [
          { statusCode: 200, result: { records: [] } },
          { statusCode: 500, result: { records: [] } },
        ],
      },
    ],
    ['a part without a status', { results: [{ statusCode: 200, result: { records: [] } }, { result: { records: [] } }] }],
    ['a part without a result', { results: [{ statusCode: 200, result: { records: [] } }, { statusCode: 200 }] }],
  ])('to two statements is refused with %s', (_what, answer) => {
    expect(() => writeBatch(bytesOf(answer), 2, context)).toThrow(/^The JSON breaks off|^the answer holds/)
  })
})

describe('what isn’t JSON', () => {
  const change = fc.record({
    at: fc.nat(3_000),
    lost: fc.nat(2),
    more: fc.constantFrom('', ',', '"', '}', ']', '{', '[', '\\', 'n', '0', '\u0001', ' '),
  })

  it('is refused wherever something is lost, doubled or changed; and what still is JSON is read as such', () => {
    fc.assert(
      fc.property(fc.array(recordWith(anyId), { minLength: 1, maxLength: 3 }), change, (records, { at, lost, more }) => {
        const whole = JSON.stringify({ done: true, records, more: { a: [1.5e-3, true, null, 'ä\n'] } })
        const place = at % (whole.length + 1)
        const text = (whole.slice(0, place) + more + whole.slice(place + lost)).toWellFormed()
        const parsed = outcomeOf(() => JSON.parse(text))
        const written = outcomeOf(() => found(text))
        if (parsed instanceof Error) expect(written, text).toBeInstanceOf(Error)
        else expect(written instanceof Error ? null : written, text).toEqual(outcomeOrNull(parsed))
      }),
      steady(3_000),
    )
  })

  it.each(['', ' ', '{', '{"records":[]', '{"records":[],}', '{"records":[]}}', '{"records":[]}\u0000', 'null', '<html>'])(
    'is refused as an answer: %j',
    (text) => expect(() => writeFound(Buffer.from(text), context)).toThrow(SyntaxError),
  )
})

type Answer = { readonly records?: unknown; readonly searchRecords?: unknown }

function recordsOf({ result }: { readonly result: Answer }): readonly SalesforceRecord[] {
  return (result.records ?? result.searchRecords) as readonly SalesforceRecord[]
}

/** What the mapping of objects makes of an answer; null where it is refused. */
function outcomeOrNull({ records }: Answer): readonly Contact[] | null {
  if (!Array.isArray(records)) return null
  const ids = records.map((record) => record?.Id)
  return ids.every((id) => typeof id === 'string' && /^\w{15}(\w{3})?$/.test(id)) ? mapped(records) : null
}

function outcomeOf<T>(work: () => T): T | Error {
  try {
    return work()
  } catch (error) {
    return error as Error
  }
}
