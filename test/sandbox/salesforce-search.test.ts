// SOSL as the sandbox answers it: what is refused, how words match, phone numbers, groups of fields, limits.

import { describe, expect, it } from 'vitest'
import { connectOrg, errorOf } from './connected-org.ts'

const RESERVED = [...'?&|!{}[]()^~*:\\"\'+-']

describe('refused', async () => {
  const { search } = await connectOrg({ contacts: 10 })

  it.each([
    'ana',
    'FIND ana RETURNING Contact',
    'FIND {ana RETURNING Contact',
    'FIND {} RETURNING Contact',
    'FIND {   } RETURNING Contact',
    'FIND {a} RETURNING Contact',
    'FIND {a*} RETURNING Contact',
    'FIND {a b} RETURNING Contact',
    'FIND {+} RETURNING Contact',
    'FIND {*ana} RETURNING Contact',
    'FIND {?ana} RETURNING Contact',
    'FIND {ana *} RETURNING Contact',
    'FIND {"ana} RETURNING Contact',
    'FIND {(ana} RETURNING Contact',
    'FIND {ana)} RETURNING Contact',
    'FIND {ana AND} RETURNING Contact',
    'FIND {OR ana} RETURNING Contact',
    'FIND {ana OR OR bob} RETURNING Contact',
    'FIND {ana NOT bob} RETURNING Contact',
    'FIND {ana OR NOT bob} RETURNING Contact',
    'FIND {ana\\} RETURNING Contact',
    'FIND {ana} IN FIELDS RETURNING Contact',
    'FIND {ana} IN COMPANY FIELDS RETURNING Contact',
    'FIND {ana} RETURNING',
    'FIND {ana} RETURNING Contact(',
    'FIND {ana} RETURNING Contact()',
    'FIND {ana} RETURNING Contact(Id,)',
    "FIND {ana} RETURNING Contact(Id WHERE Name = 'a)",
    "FIND {ana} RETURNING Contact(Id WHERE Name = 'a' OR Name = 'b' AND Name = 'c')",
    'FIND {ana} RETURNING Contact(Id LIMIT x)',
    'FIND {ana} RETURNING Contact,',
    'FIND {ana} RETURNING Contact LIMIT',
    'FIND {ana} RETURNING Contact LIMIT 5 more',
    'FIND {ana} LIMIT 5 RETURNING Contact',
    '',
  ])('as malformed: %s', async (sosl) => {
    expect(errorOf(await search(sosl))).toBe('400 MALFORMED_SEARCH')
  })

  it.each(RESERVED)('%s in a word without a backslash', async (character) => {
    expect(
      errorOf(await search(`FIND {ana${character}${character === '*' || character === '?' ? '}' : 'maria'}} RETURNING Contact`)),
    ).toBe('400 MALFORMED_SEARCH')
    expect((await search(`FIND {ana\\${character}maria} RETURNING Contact`)).status).toBe(200)
  })

  it.each([
    ['FIND {ana} RETURNING Person', 'INVALID_TYPE'],
    ['FIND {ana} RETURNING Organization', 'INVALID_TYPE'],
    ['FIND {ana} RETURNING Contact(Nickname)', 'INVALID_FIELD'],
    ["FIND {ana} RETURNING Contact(Id WHERE Nickname = 'a')", 'INVALID_FIELD'],
  ])('%s as %s', async (sosl, code) => {
    expect(errorOf(await search(sosl))).toBe(`400 ${code}`)
  })

  it('says that a term is too short as Salesforce does', async () => {
    expect((await search('FIND {a} RETURNING Contact')).json[0].message).toContain(
      'search term must be longer than one character',
    )
  })
})

describe('words', async () => {
  const { sandbox, found } = await connectOrg({ contacts: 0 })
  const { id: acme } = sandbox.addRecord('Account', { Name: 'Acme & Söhne', Website: 'acme.example.com' })
  const add = (FirstName: string | null, LastName: string, more = {}) =>
    sandbox.addRecord('Contact', { FirstName, LastName, ...more })
  add('Ana-Maria', "O'Brien", { Email: 'ana.obrien7@mail.example.com', Title: 'Buyer' })
  add('John', 'Smith', { AccountId: acme, MailingCity: 'Anaheim' })
  add('Joan', 'Smithson', { Email: 'joan@example.com' })
  add('Zoë', 'Blue1')
  add('小明', '王')
  sandbox.addRecord('Lead', { FirstName: 'Ana', LastName: 'Silva', Company: 'Acme' })
  const names = async (term: string, group = 'ALL') =>
    (await found(`FIND {${term}} IN ${group} FIELDS RETURNING Contact(LastName), Lead(LastName)`)).map(({ LastName }) => LastName)

  it.each([
    ['ana', ["O'Brien", 'Silva']],
    ['ANA MARIA', ["O'Brien"]],
    ['ana\\-maria', ["O'Brien"]],
    ['"maria ana"', []],
    ['maria ana', ["O'Brien"]],
    ["o\\'brien", ["O'Brien"]],
    ['brie', []],
    ['brie*', ["O'Brien"]],
    ['smith', ['Smith']],
    ['smith*', ['Smith', 'Smithson']],
    ['jo?n', ['Smith', 'Smithson']],
    ['jo?', []],
    ['jo*n', ['Smith', 'Smithson']],
    ['j*n s*th', ['Smith']],
    ['john OR zoë', ['Smith', 'Blue1']],
    ['zoe', []],
    ['john AND smith', ['Smith']],
    ['smith* AND NOT john', ['Smithson']],
    ['(john OR joan) smithson', ['Smithson']],
    ['john OR joan smithson', ['Smith', 'Smithson']],
    ['"john smith"', ['Smith']],
    ['"smith acme"', []],
    ['"and"', []],
    ['blue1', ['Blue1']],
    ['blue', ['Blue1']],
    ['小明', ['王']],
    ['acme', ['Smith', 'Silva']],
    ['söhne', ['Smith']],
    ['ana.obrien7@mail.example.com', ["O'Brien"]],
    ['obrien7@mail.example.com', ["O'Brien"]],
    ['example.com', ["O'Brien", 'Smithson']],
    ['anaheim', ['Smith']],
  ])('%s', async (term, expected) => {
    expect(await names(term)).toEqual(expected)
  })

  it('are looked for in one group of fields', async () => {
    expect(await names('ana', 'NAME')).toEqual(["O'Brien", 'Silva'])
    expect(await names('ana', 'EMAIL')).toEqual(["O'Brien"])
    expect(await names('acme', 'NAME')).toEqual(['Smith', 'Silva'])
    expect(await names('acme', 'EMAIL')).toEqual([])
    expect(await names('anaheim', 'NAME')).toEqual([])
    expect(await names('buyer', 'SIDEBAR')).toEqual([])
    expect(await names('buyer', 'ALL')).toEqual(["O'Brien"])
  })

  it('take no time where everything is a wildcard', async () => {
    const started = performance.now()
    await names(`an${'*a'.repeat(200)}`)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('phone numbers', async () => {
  const { sandbox, found } = await connectOrg({ contacts: 0 })
  const typed = [
    '+1 (415) 555-0100',
    '4155550101',
    '0170/1234567',
    '+44\u00a020\u20117946\u20110958',
    '(415) 555-0102 ext. 77',
    'ask Ana',
  ]
  for (const Phone of typed) sandbox.addRecord('Contact', { LastName: 'X', Phone, Fax: '415 555 9999' })
  const phones = async (term: string, group = 'PHONE') =>
    (await found(`FIND {${term}} IN ${group} FIELDS RETURNING Contact(Phone)`)).map(({ Phone }) => typed.indexOf(Phone))

  it.each([
    // All digits as typed, with a calling code only where one was typed.
    ['14155550100', [0]],
    ['4155550100', []],
    ['4155550101', [1]],
    ['14155550101', []],
    ['01701234567', [2]],
    ['442079460958', [3]],
    ['4155550102', [4]],
    // The runs of digits, one by one and side by side.
    ['0100', [0]],
    ['"415 555 0100"', [0]],
    ['415 555 0100', [0]],
    ['\\+1 \\(415\\) 555\\-0100', [0]],
    ['41555501*', [1, 4]],
    ['0170', [2]],
    ['77', [4]],
    ['4155559999', [0, 1, 2, 3, 4, 5]],
    ['4155550100 OR 4155550101 OR 14155550100', [0, 1]],
    ['ana', [5]],
  ])('%s', async (term, expected) => {
    expect(await phones(term)).toEqual(expected)
  })

  it('are in no other group than all and sidebar', async () => {
    expect(await phones('4155550101', 'ALL')).toEqual([1])
    expect(await phones('4155550101', 'SIDEBAR')).toEqual([1])
    expect(await phones('4155550101', 'NAME')).toEqual([])
  })

  it('of generated records are found as reading everything finds them', async () => {
    const org = await connectOrg({ contacts: 3000, leads: 600 })
    const everyone = [...org.sandbox.contacts, ...org.sandbox.leads]
    const digits = (value: unknown) =>
      String(value)
        .split(/\p{L}+/u)
        .map((run) => run.replace(/\D/g, ''))
    for (const { fields } of everyone.filter((_, i) => i % 60 === 21)) {
      for (const written of [fields.Phone, fields.MobilePhone, fields.Fax]) {
        const [number = ''] = digits(written ?? '')
        if (number.length < 8) continue
        const rows = await org.found(`FIND {${number}} IN PHONE FIELDS RETURNING Contact(Id), Lead(Id)`)
        const expected = everyone.filter((record) =>
          Object.entries(record.fields).some(([name, value]) => /Phone$|^Fax$/.test(name) && digits(value).includes(number)),
        )
        expect(rows.map(({ Id }) => Id)).toEqual(expected.map(({ id }) => id))
        expect(expected.length).toBeGreaterThan(0)
      }
    }
  })
})

describe('answers', () => {
  it('have type, address and the fields asked for; ids alone when none are', async () => {
    const { sandbox, search } = await connectOrg({ contacts: 0 })
    const { id } = sandbox.addRecord('Contact', { LastName: 'Silva' })
    const attributes = { type: 'Contact', url: `/services/data/v66.0/sobjects/Contact/${id}` }
    expect((await search('FIND {silva} RETURNING Contact(Name, Account.Name)')).json).toEqual({
      searchRecords: [{ attributes, Name: 'Silva', Account: null }],
    })
    expect((await search('find {silva} returning contact')).json).toEqual({ searchRecords: [{ attributes, Id: id }] })
    expect((await search('FIND {silva}')).json).toEqual({ searchRecords: [{ attributes, Id: id }] })
  })

  it('keep to conditions, orders and limits, and to 2000 rows in all', async () => {
    const { sandbox, found } = await connectOrg({ contacts: 0 })
    for (let i = 0; i < 2100; i++) sandbox.addRecord('Contact', { FirstName: 'Many', LastName: `N${String(i).padStart(4, '0')}` })
    sandbox.addRecord('Lead', { FirstName: 'Many', LastName: 'Open', Company: 'X' })
    sandbox.addRecord('Lead', { FirstName: 'Many', LastName: 'Done', Company: 'X', IsConverted: true })
    expect(await found('FIND {many} RETURNING Contact')).toHaveLength(2000)
    expect(await found('FIND {many} RETURNING Contact(Id LIMIT 5), Lead(Id WHERE IsConverted = false) LIMIT 50')).toHaveLength(6)
    expect(await found('FIND {many} RETURNING Contact, Lead LIMIT 7')).toHaveLength(7)
    const last = await found(
      "FIND {many} RETURNING Contact(LastName WHERE LastName LIKE '%(' OR LastName LIKE 'n%' ORDER BY LastName DESC LIMIT 2)",
    )
    expect(last.map(({ LastName }) => LastName)).toEqual(['N2099', 'N2098'])
  })

  it('see changes at once', async () => {
    const { sandbox, found } = await connectOrg({ contacts: 200 })
    const [contact] = [...sandbox.contacts]
    const count = async () => (await found('FIND {Xantippe} IN NAME FIELDS RETURNING Contact')).length
    expect(await count()).toBe(0)
    sandbox.updateRecord(contact?.id ?? '', { LastName: 'Xantippe' })
    expect(await count()).toBe(1)
    sandbox.removeRecord(contact?.id ?? '')
    expect(await count()).toBe(0)

    const employed = [...sandbox.contacts].find(({ fields }) => fields.AccountId !== null)
    sandbox.updateRecord(String(employed?.fields.AccountId), { Name: 'Xantippe Ltd' })
    expect(await count()).toBeGreaterThan(0)
  })
})
