/** What is read of a contact is what parsing its answer would give. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contactProperties, property, readContactPage, readContactRecord } from '../../../src/connectors/hubspot/contact-page.ts'
import { JsonWriter } from '../../../src/connectors/json-writer.ts'
import { hostileText, steady } from '../../support/properties.ts'

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const record = (properties: object, more: object = {}) => ({ id: '7', properties, archived: false, ...more })

/** A contact's properties, by either way of getting at them. */
function told(answer: Buffer, contact = 0): { texts: string[]; written: string[] } {
  const page = readContactPage(answer)
  const written = Object.values(property).map((index) => {
    const writer = new JsonWriter()
    page.write(contact, index, writer)
    return JSON.parse(`"${writer.take()}"`)
  })
  return { texts: Object.values(property).map((index) => page.text(contact, index)), written }
}

describe('a property', () => {
  const around = fc.constantFrom(
    '',
    ' ',
    '\n',
    '\u00a0',
    '\u1680',
    '\u2003',
    '\u2028',
    '\u202f',
    '\u205f',
    '\u3000',
    '\ufeff',
    '\u0085',
  )
  const text = fc.tuple(around, hostileText(30), around).map((parts) => parts.join(''))
  const value = fc.oneof({ weight: 6, arbitrary: text }, fc.constantFrom<unknown>(null, undefined, 1, true, [], {}))
  const properties = fc.record(Object.fromEntries(contactProperties.map((name) => [name, value])), { requiredKeys: [] })

  it('is its text without the space around it, and nothing where it is no text', () => {
    fc.assert(
      fc.property(properties, properties, (first, second) => {
        const answer = bytesOf({ results: [record({ createdate: 'x', ...first }), record({ ...second, z: [1] })] })
        const parsed = JSON.parse(answer.toString()).results as { properties: Record<string, unknown> }[]
        for (const [contact, { properties }] of parsed.entries()) {
          const expected = contactProperties.map((name) => (typeof properties[name] === 'string' ? properties[name].trim() : ''))
          const { texts, written } = told(answer, contact)
          expect(texts).toEqual(expected)
          expect(written).toEqual(expected)
        }
      }),
      steady(1_000),
    )
  })

  it.each(['Zoë', 'José', 'Ana à', '李', 'ひらがな', '😀', 'É', '\u00a0Zoë\u00a0', '\u2003李\u3000', 'a"b', 'a\\b', 'a\u0001b'])(
    'can be %j',
    (name) => {
      expect(told(bytesOf({ results: [record({ firstname: name })] })).texts[0]).toBe(name.trim())
    },
  )

  it('is the last of its name', () => {
    const answer = Buffer.from(
      '{"results":[{"id":"7","properties":{"firstname":" A","firstname":"B","lastname":"C","lastname":null}}]}',
    )
    expect(told(answer).texts.slice(0, 2)).toEqual(['B', ''])
  })

  it('that isn’t UTF-8 is shown as far as it can be', () => {
    const answer = Buffer.from('{"results":[{"id":"7","properties":{"firstname":"A\xffB"}}]}', 'latin1')
    expect(told(answer).texts[0]).toBe('A\ufffdB')
    expect(told(answer).written[0]).toBe('A\ufffdB')
  })
})

describe('an answer', () => {
  it('has contacts, paging and total', () => {
    const page = readContactPage(
      bytesOf({ total: 12, paging: { next: { after: '3' } }, more: {}, results: [record({}), record({})] }),
    )
    expect([page.length, page.total, page.paging]).toEqual([2, 12, { next: { after: '3' } }])
  })

  it('has any number of contacts', () => {
    const page = readContactPage(
      bytesOf({ results: Array.from({ length: 450 }, (_, index) => record({ firstname: `A ${index}` })) }),
    )
    expect(page.length).toBe(450)
    expect(page.text(449, property.firstname)).toBe('A 449')
  })

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
    expect(() => readContactPage(bytesOf(answer))).toThrow()
  })

  const associated = (...companies: [id: string, isPrimary?: boolean][]) => ({
    companies: {
      results: companies.map(([id, isPrimary]) => ({
        id,
        type: isPrimary ? 'contact_to_company' : 'contact_to_company_unlabeled',
      })),
    },
  })
  const idsOf = (associations: object, properties = {}) =>
    readContactRecord(bytesOf(record(properties, { associations }))).companyIds[0]

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
  ])('is read with companies %j, each once, the primary ones first', (ids, associations, property) => {
    expect(idsOf(associated(...associations), { associatedcompanyid: property })).toEqual(ids)
  })

  it.each([true, false])('is read with 500 companies at most, primary or not', (isPrimary) => {
    const many = Array.from({ length: 5_000 }, (_, index) => [String(index + 1), isPrimary] as [string, boolean])
    expect(idsOf(associated(...many))).toEqual(many.slice(0, 500).map(([id]) => id))
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
  ])('is read without companies from associations such as %j', (associations) =>
    expect(readContactRecord(bytesOf(record({}, { associations }))).companyIds).toEqual([[]]),
  )
})
