/** Whatever HubSpot's answers hold, they are written as parsing and mapping them object by object would have them; what isn't JSON is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contactProperties } from '../../../src/connectors/hubspot/contact-texts.ts'
import { writeContact, writeContacts } from '../../../src/connectors/hubspot/contact-writer.ts'
import { type Contact, makeContact } from '../../../src/contact.ts'
import { phoneReader } from '../../../src/directory/phone.ts'
import { spacedText, steady, typedLink } from '../../support/properties.ts'

const recordsUrl = 'https://app.hubspot.com/contacts/7/record/0-1'
const names = new Map(Array.from({ length: 9 }, (_, id) => [String(id), id === 4 ? '' : `Näme "${id % 3}"`]))
const companyName = (id: string) => names.get(id)
const readPhone = phoneReader('DE')
const context = { companyName, readPhone, recordsUrl }

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const record = (properties: object, more: object = {}) => ({ id: '7', properties, archived: false, ...more })
const written = (answer: Buffer): Contact[] => JSON.parse(String(writeContacts(answer, context).json))
/** Of an answer with a single contact. */
const nameIn = (answer: string | Buffer) => written(Buffer.from(answer))[0]?.name

type Json = Readonly<Record<string, unknown>>
type Company = { readonly id?: unknown; readonly type?: unknown }

/** The mapping once more, in words: on parsed records, by makeContact. */
function mapped({ id, properties, associations }: { id: string; properties: Json; associations?: Json }): Contact {
  const text = (name: string) => (typeof properties[name] === 'string' ? properties[name].trim() : '')
  const country = text('hs_country_region_code') || text('country')
  const known = idsOf(text('associatedcompanyid'), associations).flatMap((id) => names.get(id) ?? [])
  const companies = known.filter((name) => name !== '')
  const [first = text('company'), ...others] = companies
  return makeContact({
    contactId: `hubspot-${id}`,
    name: `${text('firstname')} ${text('lastname')}`,
    companies: [{ name: first, jobTitle: text('jobtitle') }, ...others.map((name) => ({ name, jobTitle: '' }))],
    phones: [
      [readPhone(text('phone'), country), 'work'],
      [readPhone(text('mobilephone'), country), 'mobile'],
      [readPhone(text('hs_whatsapp_phone_number'), country), 'WhatsApp'],
    ],
    emails: [
      [text('email'), 'email'],
      ...text('hs_additional_emails')
        .split(';')
        .map((address) => [address, 'additional'] as const),
    ],
    urls: [
      [`${recordsUrl}/${id}`, 'HubSpot'],
      [text('website'), 'website'],
      [text('hs_linkedin_url'), 'LinkedIn'],
    ],
  })
}

function idsOf(primary: string, associations: Json | undefined): string[] {
  const { results } = (associations?.companies ?? {}) as { results?: Company[] }
  const all = (results ?? []).filter(({ id }) => typeof id === 'string' && id !== '')
  const primaries = all.filter(({ type }) => type === 'contact_to_company')
  return [...new Set([...(primary ? [primary] : []), ...[...primaries, ...all].map(({ id }) => String(id))])]
}

const plausible = fc.constantFrom(
  '030 901820',
  '+49 (0)30 901820',
  '0049 30 901820',
  '+1 415\u2011555\u20112671',
  'ask Ana',
  'ana@example.com; b@example.com;ANA@example.com',
  'example.com',
  'https://example.com',
  'http://example.com/a-b/c_d',
  'xn--a.com',
  'example.com:80',
  'a@example.com;A@Example.com ; b@example.com;;',
  Array.from({ length: 30 }, (_, index) => `${index % 20}@example.com`).join(';'),
  'United States',
  'GB',
  ...names.keys(),
)
/** With a sign whose small letter is k, which isn't k itself. */
const addresses = fc.stringMatching(/^[aAkK\u212aäÄ@;. "]{0,20}$/)
const property = fc.oneof(
  { weight: 2, arbitrary: typedLink },
  { weight: 1, arbitrary: addresses },
  { weight: 3, arbitrary: spacedText },
  { weight: 3, arbitrary: plausible },
  fc.constantFrom<unknown>(null, 1, true, [], { a: 1 }),
)
const properties = fc.record(Object.fromEntries(contactProperties.map((name) => [name, property])), { requiredKeys: [] })
const company = fc.record({
  id: fc.constantFrom('0', '1', '2', '3', '4', '5', '17'),
  type: fc.constantFrom('contact_to_company', 'contact_to_company_unlabeled', '', null),
})
const associations = fc.option(fc.record({ companies: fc.record({ results: fc.array(company, { maxLength: 6 }) }) }), {
  nil: undefined,
})
const anyRecord = fc.record({ id: fc.nat().map(String), properties, associations, createdAt: spacedText })

describe('an answer', () => {
  const space = fc.constantFrom(undefined, 1, '\t', '\r\n ')

  it('is written as parsing and mapping it would have it, however it is written itself', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 6 }), space, (results, indent) => {
        const answer = JSON.stringify({ total: 3, results, paging: { next: { after: 'x"y' } }, more: [{}] }, null, indent)
        const parsed = JSON.parse(answer)
        const { json, length, paging, total } = writeContacts(Buffer.from(answer), context)
        expect(JSON.parse(String(json))).toEqual(parsed.results.map(mapped))
        expect({ length, paging, total }).toEqual({ length: results.length, paging: parsed.paging, total: 3 })
      }),
      steady(2_000),
    )
  })

  it('has any number of contacts', () => {
    const contacts = written(
      bytesOf({ results: Array.from({ length: 4_500 }, (_, index) => record({ firstname: `A ${index}` })) }),
    )
    expect(contacts.map(({ name }) => name)).toEqual(Array.from({ length: 4_500 }, (_, index) => `A ${index}`))
  })

  it('has contacts of any size', () => {
    const [long, companies] = ['x'.repeat(300_000), Array.from({ length: 600 }, (_, id) => ({ id: String(id), type: '' }))]
    const named = { ...context, companyName: (id: string) => `${id} ${'ä'.repeat(5_000)}` }
    const answer = bytesOf({
      results: [
        record({ lastname: long, phone: long, website: long, hs_additional_emails: `${long};${long}y` }),
        record({}, { associations: { companies: { results: companies } } }),
      ],
    })
    const [first, second] = JSON.parse(String(writeContacts(answer, named).json)) as Contact[]
    expect(first).toMatchObject({
      name: long,
      phone_numbers: [{ phone_number: long }],
      email_addresses: [{ email_address: long }, { email_address: `${long}y` }],
    })
    expect(second?.companies).toHaveLength(500)
    // What comes after is none the worse for it.
    expect(nameIn('{"results":[{"id":"1","properties":{"firstname":"A"}}]}')).toBe('A')
  })

  it('comes in one piece or in several', () => {
    const answer = bytesOf({ results: [record({ firstname: 'Zoë' })] })
    const pieces = Array.from(answer, (byte) => Buffer.from([byte]))
    const inPieces = {
      length: answer.length,
      copy: (target: Buffer, at: number) => pieces.reduce((end, piece) => end + piece.copy(target, end), at) - at,
    }
    expect(String(writeContacts(inPieces, context).json)).toBe(String(writeContacts(answer, context).json))
  })

  it('may name a member by escapes, in any order, and twice: the last counts', () => {
    expect(nameIn('{"r\\u0065sults" : [{"pr\\u006fperties":{"first\\u006eame":"B","firstname":" A "},"\\u0069d":"7"}]}')).toBe(
      'A',
    )
    expect(nameIn('{"results":[{"id":"7","properties":{"firstname":"A","lastname":"B","lastname":null}}]}')).toBe('A')
    expect(nameIn('{"results":[{"id":"7","properties":{" firstname":"A","firstname ":"B"}}]}')).toBeNull()
  })

  it('has nothing of the answer before, whatever that was, where a name is escaped', () => {
    const long = 'x'.repeat(4_000)
    const before = `{"results":[{"id":"77","properties":{"${long}":1,"firstname":"Secret","company":"Other"},"${long}":{"id":"78","properties":{"firstname":"Secret"}}}]}`
    const answers = [
      '{"results":[{"\\u0069d":"1","properties":{"firstname":"Bob"}},{"id":"2","properties":{"firstname":"Ben"}}]}',
      '{"results":[{"\\u0069d":"1","properties":{"firstname":"Bob"}},{"\\u0069d":"2","properties":{"firstname":"Ben"}}]}',
      '{"results":[{"id":"1","properties":{"\\u0066irstname":"Bob","lastname":null,"country":"Carl"}},{"id":"2","properties":{"firstname":"Ben"}}]}',
      `{"results":[{"${long}":null,"\\u0069d":"1","properties":{"firstname":"Bob"}},{"id":"2","properties":{"firstname":"Ben"}}]}`,
    ]
    for (const answer of answers) {
      written(Buffer.from(before))
      const contacts = written(Buffer.from(answer))
      expect(contacts.map(({ contact_id, name }) => [contact_id, name])).toEqual([
        ['hubspot-1', 'Bob'],
        ['hubspot-2', 'Ben'],
      ])
      expect(contacts.flatMap(({ companies }) => companies)).toEqual([])
    }
  })

  it('may have other space in each of its objects', () => {
    const spaces = ['', ' ', '  ', '\n\t', '']
    const objects = spaces.map(
      (space, id) =>
        `${space}{${space}"id"${space}:${space}"${id}"${space},${space}"properties"${space}:${space}{${space}"firstname"${space}:${space}"A"${space}}${space}}${space}`,
    )
    expect(written(Buffer.from(`{"results":[${objects.join()}]}`)).map(({ name }) => name)).toEqual(spaces.map(() => 'A'))
  })

  it('may have objects of one kind that are written differently', () => {
    const answers = [
      '"id":"1","properties":{"firstname":"A","lastname":"B"}',
      '"properties":{"lastname":"B"},"id":"2"',
      '"id":"3","x":{},"properties":{}',
      '"id":"4","properties":{"lastname":"B","firstname":"A"}',
    ]
    const answer = `{"results":[${[...answers, ...answers].map((one) => `{${one}}`).join()}]}`
    expect(written(Buffer.from(answer)).map(({ name }) => name)).toEqual(['A B', 'B', null, 'A B', 'A B', 'B', null, 'A B'])
  })

  it('that isn’t UTF-8 is shown as far as it can be', () => {
    expect(nameIn(Buffer.from('{"results":[{"id":"7","properties":{"firstname":"A\xffB"}}]}', 'latin1'))).toBe('A\ufffdB')
  })

  it.each([
    'Zoë',
    'José',
    'Ana à',
    '李',
    'ひらがな',
    '😀',
    'É',
    '\u00a0Zoë\u00a0',
    '\u2003李\u3000',
    'a"b',
    'a\\b',
    'a\u0001b',
    '\ud800',
  ])('can have a name such as %j', (name) =>
    expect(nameIn(bytesOf({ results: [record({ firstname: name })] }))).toBe(name.trim()),
  )

  it.each<[string, unknown]>([
    ['no object', []],
    ['no results', { total: 0 }],
    ['results that are no list', { results: {} }],
    ['results that are null', { results: null }],
    ['a contact that is null', { results: [null] }],
    ['a contact without an id', { results: [{ properties: {} }] }],
    ['a contact with a number for an id', { results: [{ id: 7, properties: {} }] }],
    ['a contact with an id of letters', { results: [{ id: '7a', properties: {} }] }],
    ['a contact with an empty id', { results: [{ id: '', properties: {} }] }],
    ['a contact without properties', { results: [{ id: '7' }] }],
    ['a contact with properties that are null', { results: [{ id: '7', properties: null }] }],
    ['a contact with properties that are text', { results: [{ id: '7', properties: 'x' }] }],
  ])('is refused with %s', (_what, answer) => {
    expect(() => writeContacts(bytesOf(answer), context)).toThrow(/^The JSON breaks off|^the answer holds/)
  })
})

describe('a contact’s companies', () => {
  const associated = (...companies: [id: string, isPrimary?: boolean][]) => ({
    companies: {
      results: companies.map(([id, isPrimary]) => ({
        id,
        type: isPrimary ? 'contact_to_company' : 'contact_to_company_unlabeled',
      })),
    },
  })
  /** Those that names are asked for, in that order. */
  function idsIn(associations: object, properties = {}): string[] {
    const ids: string[] = []
    writeContact(bytesOf(record(properties, { associations })), { ...context, companyName: (id) => String(ids.push(id)) })
    return ids
  }

  it.each<[ids: string[], associations: [id: string, isPrimary?: boolean][], property?: string]>([
    [
      ['2', '1'],
      [['1'], ['2', true], ['2']],
    ],
    [
      ['1', '2'],
      [['1', true], ['1'], ['2']],
    ],
    [
      ['2', '3', '1'],
      [['1'], ['2', true], ['3', true], ['2', true], ['1']],
    ],
    [['9', '2', '1'], [['1'], ['2', true]], '9'],
    [['1', '2'], [['1'], ['2', true]], ' 1 '],
    [['007', '7', '1234567890123456789', 'x\u00e9'], [['7'], ['1234567890123456789'], ['x\u00e9']], '007'],
    [['0', '7'], [['7'], ['0', true], ['0']], '0'],
  ])('are %j, each once, the primary ones first', (ids, associations, property) => {
    expect(idsIn(associated(...associations), { associatedcompanyid: property })).toEqual(ids)
  })

  it.each([true, false])('are 500 at most, primary or not', (isPrimary) => {
    const many = Array.from({ length: 5_000 }, (_, index) => [String(index + 1), isPrimary] as [string, boolean])
    expect(idsIn(associated(...many))).toEqual(many.slice(0, 500).map(([id]) => id))
    expect(idsIn(associated(...many), { associatedcompanyid: 'x' })).toEqual(['x', ...many.slice(0, 499).map(([id]) => id)])
  })

  it.each<unknown>([
    null,
    1,
    'x',
    [],
    {},
    { companies: null },
    { companies: [] },
    { companies: { results: null } },
    { companies: { results: [null, 1, {}, { id: 5 }] } },
  ])('are none with associations such as %j', (associations) => expect(idsIn(associations as object)).toEqual([]))
})

describe('what isn’t JSON', () => {
  const answer = (value: string) => `{"results":[{"id":"7","x":${value},"properties":{"firstname":"A"}}]}`

  it.each([
    '',
    'tru',
    'nul',
    'truex',
    '01',
    '1.',
    '+1',
    '-',
    'NaN',
    '1e',
    '.5',
    '"a\nb"',
    '"\\q"',
    '"\\u12"',
    '"\\u12g4"',
    '"abc',
    '[1,]',
    '[1 2]',
    '[',
    '{"y":1,}',
    '{"y"}',
    '{"y\\q":1}',
    '{,}',
    "'a'",
    '{y:1}',
  ])('is refused as a value: %s', (value) =>
    expect(() => writeContacts(Buffer.from(answer(value)), context)).toThrow(SyntaxError),
  )

  it.each([
    '',
    ' ',
    '{',
    '{"results"',
    '{"results":',
    '{"results":[]',
    '{"results":[],',
    '{"results":[],}',
    '{,"results":[]}',
    '{"results":[] "x":1}',
    '{"results":[],,"x":1}',
    '{"results" []}',
    '{"results":[]}}',
    '{"results":[]} x',
    '{"results":[]}\u0000',
    '\ufeff{"results":[]}',
    '"a"',
    'null',
    '<html>',
  ])('is refused as an answer: %j', (text) => expect(() => writeContacts(Buffer.from(text), context)).toThrow(SyntaxError))

  it('is refused wherever something is lost, doubled or changed; and what still is JSON is read as such', () => {
    const change = fc.record({
      at: fc.nat(3_000),
      lost: fc.nat(2),
      more: fc.constantFrom('', ',', '"', '}', ']', '{', '[', '\\', 'n', '0', '\u0001', ' '),
    })
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 3 }), change, (results, { at, lost, more }) => {
        const whole = JSON.stringify({ results, more: { a: [1.5e-3, true, null, 'ä\n'] } })
        const place = at % (whole.length + 1)
        const text = whole.slice(0, place) + more + whole.slice(place + lost)
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        const outcome = outcomeOf(() => writeContacts(Buffer.from(text), context))
        if (!isJson) expect(outcome, text).toBeInstanceOf(Error)
        else if (!(outcome instanceof Error)) JSON.parse(String(outcome.json))
      }),
      steady(3_000),
    )
  })

  it('is told by its byte in the answer', () => {
    expect(() => writeContacts(Buffer.from('{"results":[],x'), context)).toThrow('at byte 14')
  })

  it('is refused when it nests deeper than any answer', () => {
    for (const beginning of ['[', '{"a":'])
      expect(() => writeContacts(Buffer.from(answer(beginning.repeat(500_000))), context)).toThrow(SyntaxError)
  })
})

function outcomeOf<T>(work: () => T): T | Error {
  try {
    return work()
  } catch (error) {
    return error as Error
  }
}
