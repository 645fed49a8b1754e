/** Whatever is typed is data: through the real connector, against a stand-in that refuses malformed SOQL and SOSL as Salesforce does. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileText, steady } from '../../support/properties.ts'
import { type SalesforceAtHand, startSalesforce } from '../../support/salesforce.ts'

let salesforce: SalesforceAtHand
beforeAll(async () => {
  salesforce = await startSalesforce({ contacts: 60 })
})
afterAll(() => salesforce.close())

const reserved = [...'?&|!{}[]()^~*:\\"\'+-%_']
const page = { limit: 100, after: null }

const syntax = [
  'and',
  'OR',
  'Not',
  'and or not',
  'AND NOT ab',
  'ab AND',
  '(ab',
  'ab)',
  '"ab',
  'ab"',
  'ab} IN ALL FIELDS RETURNING User(Id)',
  'ab\\} RETURNING User(Id)',
  '{ab}',
  'FIND {ab}',
  "' OR Id != '",
  "\\' OR Id != \\'",
  "') OR (Name LIKE '%",
  'a*b',
  '*ab',
  '**',
  '?ab',
  'ab?',
  'ab~',
  'ab^2',
  'Name:ab',
  '%%',
  '__',
  '\\',
  '\\\\',
  'ab\\',
  '--',
  'ab --',
  '/* ab */',
  'NULL',
  'TODAY',
  ':ab',
  'a\u0000b',
  '\u0000',
  'ab\u2028cd',
  '\u202eab',
  '👩‍🚀',
  '👩‍🚀👩‍🚀',
  'ab👩‍🚀',
  '\ud800',
  'ab\udfff',
  '٣٣',
  'ﬀ',
  'x'.repeat(400),
  '李'.repeat(400),
  '👩‍🚀'.repeat(80),
  "'".repeat(400),
  '\\'.repeat(399),
  '"'.repeat(401),
  'and '.repeat(100),
]

describe('hostile text', () => {
  it.each([...syntax, ...reserved, ...reserved.flatMap((sign) => [`ab${sign}`, `${sign}ab`, `ab${sign}cd`, `${sign}${sign}`])])(
    'is taken: %j',
    async (text) => {
      const { problem } = await salesforce.asker().list(text)
      expect(problem).toBeNull()
      expect(salesforce.sandbox.calls().filter(({ status }) => status !== 200)).toEqual([])
    },
  )

  it('of any kind is an answer, by every road', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText(300), async (typed) => {
        const text = typed.toWellFormed()
        const digits = text.replace(/\D/g, '').slice(0, 12) || '1'
        const session = salesforce.session()
        const search = salesforce.connector.search
        const answers = await Promise.all([
          search(session, { kind: 'text', text }, page),
          search(session, { kind: 'email', email: text }, page),
          search(session, { kind: 'digits', digits, typed: text }, page),
          search(session, { kind: 'phone', numbers: [{ e164: `+49${digits}`, national: digits, spellings: [text] }] }, page),
        ])
        for (const { items, total, next } of answers) expect({ total, next }).toEqual({ total: items.length, next: null })
        expect(await salesforce.connector.get(session, text)).toBeNull()
      }),
      steady(200),
    )
    const refused = salesforce.sandbox.calls().filter(({ status }) => status !== 200)
    expect(refused.map(({ query, body }) => query.q ?? body)).toEqual([])
  })
})

describe('a name', () => {
  /** Adds a person of the name, searches for it as an agent would, and says whether they are found. */
  async function isFound(LastName: string, search = LastName): Promise<boolean> {
    const { id } = salesforce.sandbox.addRecord('Lead', { LastName, Company: 'Acme' })
    try {
      const { contacts, problem } = await salesforce.asker().list(search)
      expect(problem).toBeNull()
      return contacts.some(({ contact_id }) => contact_id === id)
    } finally {
      salesforce.sandbox.removeRecord(id)
    }
  }

  it.each([
    ["O'Brien", "o'br"],
    ["O'Brien", 'brien'],
    ["D'Arcy-Smith", "D'Arcy-Smith"],
    ['Jean-Pierre', 'jean-p'],
    ['Jean-Pierre', 'pierre'],
    ['Anders And', 'and'],
    ['Or Not', 'or not'],
    ['AT&T', 'AT&T'],
    ['C&A (Berlin)', '(berlin)'],
    ['Müller "Max"', '"max"'],
    ['50% Off!', 'off!'],
    ['back\\slash', 'back\\slash'],
    ['{curly}', '{curly}'],
    ['[not provided]', '[not provided]'],
    ['ab👩‍🚀cd', 'ab👩‍🚀cd'],
    ['李雷', '李雷'],
    ['Ana B. Cruz', 'ana b'],
    ['x', 'x'],
  ])('%j is found by %j', async (name, search) => {
    expect(await isFound(name, search)).toBe(true)
  })

  it.each([
    ['Anna', 'an*a'],
    ['Anna', 'an_a'],
    ['Anna', 'ann%'],
    ['Anna', 'a%'],
    ['Anna', 'bo OR anna'],
    ['Anna', 'anna not'],
    ['Anna', 'annab'],
  ])('%j isn’t found by %j where that would need a wildcard or an operator', async (name, search) => {
    expect(await isFound(name, search)).toBe(search === 'ann%' || search === 'a%')
  })

  it('with any signs in it is found by itself, if it has two letters in a row', async () => {
    const words = fc.constantFrom('Ana', 'Brien', 'O', 'x', 'and', 'Or', 'NOT', 'Müller', '李雷', 'Юрий', 'c3po', ' ')
    const signs = fc.oneof(fc.constantFrom(...reserved, '.', ',', '/', '’', '👩‍🚀', '\u00a0', '\u2013', '@'), hostileText(4))
    const name = fc
      .array(fc.oneof(words, signs), { minLength: 1, maxLength: 8 })
      .map((parts) =>
        parts
          .join('')
          .toWellFormed()
          .normalize('NFC')
          .replace(/[\p{Cc}\p{Cf}\ufffd]+/gu, ' ')
          .slice(0, 60)
          .trim(),
      )
      // What is an address or a number is searched for as such.
      .filter((text) => /\p{L}\p{L}/u.test(text) && !/@.*\.|ext|tel:/i.test(text))
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        expect(await isFound(text)).toBe(true)
      }),
      steady(200),
    )
  })
})
