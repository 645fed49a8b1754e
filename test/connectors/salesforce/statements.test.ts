/** What is asked of Salesforce, letter by letter: whatever a person typed is data in it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContactQuery } from '../../../src/connectors/connector.ts'
import { Schema } from '../../../src/connectors/salesforce/schema.ts'
import { statementsFor } from '../../../src/connectors/salesforce/search.ts'
import { anyField, digitPatterns, quote, quotePrefix } from '../../../src/connectors/salesforce/soql.ts'
import { anyPhrase, prefixTerm, shortPieces } from '../../../src/connectors/salesforce/sosl.ts'
import { hostileText, steady } from '../../support/properties.ts'

describe('SOQL', () => {
  it.each([
    ['', "''"],
    ['Ana', "'Ana'"],
    ["O'Brien", String.raw`'O\'Brien'`],
    ['back\\slash', String.raw`'back\\slash'`],
    ["\\'", String.raw`'\\\''`],
    ['100%_', "'100%_'"],
    ['two\nlines\0\t', "'two lines '"],
    ['a\u0085b\u007f', "'a b '"],
    ["' OR Name LIKE '%", String.raw`'\' OR Name LIKE \'%'`],
    ['👩‍🚀 ß', "'👩‍🚀 ß'"],
  ])('quotes %j', (text, quoted) => {
    expect(quote(text)).toBe(quoted)
  })

  it.each([
    ['A', "'A%'"],
    ['%', String.raw`'\%%'`],
    ['_', String.raw`'\_%'`],
    ["'", String.raw`'\'%'`],
    ['\\', String.raw`'\\%'`],
    ['\\%', String.raw`'\\\%%'`],
  ])('makes %j the beginning of a pattern', (text, pattern) => {
    expect(quotePrefix(text)).toBe(pattern)
  })

  it('never lets anything typed out of its quotes', () => {
    fc.assert(
      fc.property(hostileText(60), (text) => {
        for (const quoted of [quote(text), quotePrefix(text)]) {
          const inside = quoted.slice(1, -1)
          expect(quoted).toMatch(/^'.*'$/su)
          expect(inside.replace(/\\./gsu, '')).not.toMatch(/['\\\p{Cc}]/u)
        }
      }),
      steady(500),
    )
  })

  it('asks several fields for several values', () => {
    expect(anyField(['Phone', 'MobilePhone'], ['1', "2'"])).toBe(String.raw`(Phone IN ('1','2\'') OR MobilePhone IN ('1','2\''))`)
  })

  it.each([
    ['12', ["'%1%2%'"]],
    ['309', ["'%3%09%'", "'%30%9%'"]],
    ['30901', ["'%3%0901%'", "'%30%901%'", "'%309%01%'", "'%3090%1%'"]],
    ['309018', ["'%3%0%9%0%1%8%'"]],
  ])('looks for the digits %s as people group them', (digits, patterns) => {
    expect(digitPatterns(digits)).toEqual(patterns)
  })
})

describe('SOSL', () => {
  it.each([
    ['ana', 'ana*'],
    ['Ana García', 'Ana* AND García*'],
    ["O'Brien", String.raw`O\'Brien*`],
    ['jean-pierre', String.raw`jean\-pierre*`],
    ['smith & sons', 'smith* AND sons*'],
    ['and', '"and"'],
    ['AND or Not', '"AND" AND "or" AND "Not"'],
    ['(and)', '"and"'],
    ['andy', 'andy*'],
    ['ana b', 'ana*'],
    ['a.b', ''],
    ['a.bc', 'a.bc*'],
    ['x', ''],
    ['', ''],
    ['*', ''],
    ['?*?', ''],
    ['a*b', ''],
    ['ab*', 'ab*'],
    ['*ab', 'ab*'],
    ['"ab"', 'ab*'],
    ["ab'", 'ab*'],
    ['ab}', 'ab*'],
    ['ab} RETURNING User(Id)', String.raw`ab* AND RETURNING* AND User\(Id*`],
    ['C++', ''],
    ['ab\\cd', String.raw`ab\\cd*`],
    ['ab\0cd', 'ab* AND cd*'],
    ['ab👩‍🚀cd', 'ab* AND cd*'],
    ['O’Brien', 'Brien*'],
    ['李雷', '李雷*'],
    ['李', ''],
    ['\ud800ab', 'ab*'],
    ['e\u0301te\u0301', 'e\u0301te\u0301*'],
  ])('searches for the words of %j as %s', (text, term) => {
    expect(prefixTerm(text)).toBe(term)
  })

  it.each([
    ['ana b', ['b']],
    ['a.b ana', ['a', 'b']],
    ['O’Brien', ['O']],
    ['ana', []],
    ['* ?', []],
    ['李', ['李']],
  ])('leaves the single letters of %j', (text, pieces) => {
    expect(shortPieces(text)).toEqual(pieces)
  })

  it('makes each phrase once', () => {
    expect(anyPhrase(['1', '2"', '1'])).toBe(String.raw`"1" OR "2\""`)
  })

  it('never lets anything typed be an operator, and begins no word with a wildcard', () => {
    fc.assert(
      fc.property(hostileText(60), (text) => {
        const bare = prefixTerm(text).replace(/\\./gsu, '_')
        for (const word of bare === '' ? [] : bare.split(' AND '))
          expect(word).toMatch(/^(?:"(?:and|or|not)"|[^\s?&|!{}[\]()^~*:\\"'+-]*[\p{L}\p{M}\p{N}]\*)$/iu)
      }),
      steady(1_000),
    )
  })
})

describe('a search asks', () => {
  const whole = new Schema([])
  const statements = (query: ContactQuery, schema = whole) =>
    statementsFor(query, schema).map((statement) => ('sosl' in statement ? statement.sosl : statement.soql))
  const german = { e164: '+4930901820', national: '30901820', spellings: ['+4930901820', '+49 30 901820'] }
  const american = { e164: '+14155550123', national: '4155550123', spellings: ['+14155550123'] }

  it('for a number: the index by every run of digits, and each object by its spellings', () => {
    const [sosl = '', contacts = '', leads = '', ...more] = statements({ kind: 'phone', numbers: [german] })
    expect(more).toEqual([])
    expect(sosl).toContain('IN PHONE FIELDS RETURNING Contact(')
    for (const run of ['30901820', '030901820', '4930901820', '49030901820', '004930901820']) expect(sosl).toContain(`"${run}"`)
    for (const [statement, object] of [
      [contacts, 'Contact'],
      [leads, 'Lead'],
    ] as const) {
      expect(statement).toMatch(
        new RegExp(` FROM ${object} WHERE .*Phone IN \\('\\+4930901820','\\+49 30 901820',.* ORDER BY Id LIMIT 200$`),
      )
      expect(statement).not.toContain('Fax')
    }
    expect(leads).toContain('WHERE IsConverted = false AND (')
  })

  it('for an American number: as Salesforce itself writes it, too', () => {
    expect(statements({ kind: 'phone', numbers: [american] })[1]).toContain("'(415) 555-0123'")
  })

  it('for both readings of a number: still the same statements', () => {
    expect(statements({ kind: 'phone', numbers: [german, american] })).toHaveLength(3)
  })

  it('for an address: the index and equality', () => {
    const [sosl, contacts] = statements({ kind: 'email', email: "o'brien@example.com" })
    expect(sosl).toContain(String.raw`FIND {"o\'brien@example.com"} IN EMAIL FIELDS`)
    expect(contacts).toContain(String.raw`WHERE Email = 'o\'brien@example.com' ORDER BY`)
  })

  it('for text: one search of all fields, leads unconverted', () => {
    expect(statements({ kind: 'text', text: 'ana garcía' })).toEqual([
      expect.stringMatching(
        /^FIND \{ana\* AND garcía\*\} IN ALL FIELDS RETURNING Contact\(.*LIMIT 200\),Lead\(.* WHERE IsConverted = false LIMIT 200\)$/,
      ),
    ])
  })

  it('for a word and a letter: whose first and last name begin so, too, since SOSL passes over the letter', () => {
    const [sosl, contacts, leads, ...more] = statements({ kind: 'text', text: "b o'kim" })
    expect(more).toEqual([])
    expect(sosl).toMatch(/^FIND \{o\\'kim\*\} IN ALL FIELDS/)
    const named = "(FirstName LIKE 'b%' AND LastName LIKE 'o\\'kim%') OR (FirstName LIKE 'o\\'kim%' AND LastName LIKE 'b%')"
    expect(contacts).toContain(`FROM Contact WHERE (${named}) ORDER BY Id LIMIT 200`)
    expect(leads).toContain(`FROM Lead WHERE IsConverted = false AND (${named}) ORDER BY Id LIMIT 200`)
  })

  it('for a single letter: names that begin with it', () => {
    expect(statements({ kind: 'text', text: 'a' })).toEqual([
      expect.stringContaining("FROM Contact WHERE (LastName LIKE 'a%' OR FirstName LIKE 'a%')"),
      expect.stringContaining("FROM Lead WHERE IsConverted = false AND (LastName LIKE 'a%' OR FirstName LIKE 'a%')"),
    ])
  })

  it.each<[string, ContactQuery]>([
    ['signs alone', { kind: 'text', text: '?! *' }],
    ['one digit', { kind: 'digits', digits: '1', typed: '1' }],
  ])('for %s: nothing', (_what, query) => {
    expect(statements(query)).toEqual([])
  })

  it.each<[string, ContactQuery]>([
    ['number', { kind: 'phone', numbers: [german] }],
    ['part', { kind: 'digits', digits: '9018', typed: '9018' }],
    ['address', { kind: 'email', email: 'a@b.example' }],
    ['text', { kind: 'text', text: 'ana' }],
    ['letter', { kind: 'text', text: 'a' }],
  ])('for a %s: nothing that the org lacks', (_what, query) => {
    const lacking = new Schema(['Lead', 'Contact.OtherPhone', 'Contact.Account.Website', 'Contact.MailingCountry'])
    for (const statement of statements(query, lacking)) expect(statement).not.toMatch(/Lead|OtherPhone|Website|MailingCountry/)
    const phones = ['Phone', 'MobilePhone', 'HomePhone', 'OtherPhone', 'AssistantPhone'].map((field) => `Contact.${field}`)
    const bare = new Schema([...phones, 'Contact.Email', 'Lead.Phone', 'Lead.MobilePhone', 'Lead.Email', 'Lead.IsConverted'])
    for (const statement of statements(query, bare))
      expect(statement).not.toMatch(/Phone|Email|IsConverted|\(\)|WHERE +(ORDER|$)/)
  })
})
