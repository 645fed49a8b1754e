// SOQL as the sandbox answers it: what is refused, what comparisons mean, sorting, paging by key and by cursor, shapes of answers.

import { describe, expect, it } from 'vitest'
import { callWith, connect, connectOrg, errorOf } from './connected-org.ts'

const filled = await connectOrg({ contacts: 5000, leads: 0.2 })
const contacts = [...filled.sandbox.contacts]
const quoted = (text: unknown) => `'${String(text).replace(/['\\]/g, '\\$&')}'`

describe('answers', () => {
  it('have the fields asked for in the order asked, with Salesforce’s spelling, type and address', async () => {
    const known = contacts.find(({ fields }) => fields.AccountId !== null)
    const account = filled.sandbox.accounts.get(String(known?.fields.AccountId))
    const { status, json, text } = await filled.query(
      `select phone, ACCOUNT.name, Id, Account.Website, LASTNAME from contact where id = '${known?.id.slice(0, 15)}'`,
    )
    expect(status).toBe(200)
    expect(json).toEqual({
      totalSize: 1,
      done: true,
      records: [
        {
          attributes: { type: 'Contact', url: `/services/data/v66.0/sobjects/Contact/${known?.id}` },
          Phone: known?.fields.Phone,
          Account: {
            attributes: { type: 'Account', url: `/services/data/v66.0/sobjects/Account/${account?.id}` },
            Name: account?.fields.Name,
            Website: account?.fields.Website,
          },
          Id: known?.id,
          LastName: known?.fields.LastName,
        },
      ],
    })
    expect(Object.keys(json.records[0])).toEqual(['attributes', 'Phone', 'Account', 'Id', 'LastName'])
    expect(text).not.toContain('nextRecordsUrl')
  })

  it('have null for a relationship that leads nowhere', async () => {
    const { sandbox, records } = await connectOrg({ contacts: 0 })
    const { id } = sandbox.addRecord('Account', { Name: 'Acme' })
    sandbox.addRecord('Contact', { LastName: 'A', AccountId: id })
    sandbox.addRecord('Contact', { LastName: 'B' })
    const soql = 'SELECT Account.Name FROM Contact ORDER BY LastName'
    expect((await records(soql)).map(({ Account }) => Account?.Name ?? Account)).toEqual(['Acme', null])
    sandbox.removeRecord(id)
    expect((await records(soql)).map(({ Account }) => Account)).toEqual([null, null])
  })

  it('count without records', async () => {
    expect((await filled.query('SELECT COUNT() FROM Contact')).json).toEqual({ totalSize: 4000, done: true, records: [] })
    const open = [...filled.sandbox.leads].filter(({ fields }) => fields.IsConverted === false).length
    expect((await filled.query('SELECT count() FROM Lead WHERE IsConverted = false')).json.totalSize).toBe(open)
    expect(open).toBeLessThan(1000)
  })

  it('tell about the org', async () => {
    const { name, orgId } = filled.sandbox.org
    const [org] = await filled.records(`SELECT Id, Name, IsSandbox FROM Organization WHERE Id = '${orgId}' LIMIT 1`)
    expect(org).toMatchObject({ Id: orgId, Name: name, IsSandbox: true })
  })
})

describe('refused', () => {
  it.each([
    'SELECT Id FROM Contact WHERE',
    'SELECT Id, FROM Contact',
    'SELECT FROM Contact',
    'SELECT * FROM Contact',
    'SELECT Id Contact',
    "SELECT Id FROM Contact WHERE Name = 'O'Brien'",
    "SELECT Id FROM Contact WHERE Name = 'open",
    "SELECT Id FROM Contact WHERE Name = 'a\\",
    'SELECT Id FROM Contact WHERE Name = "quoted"',
    'SELECT Id FROM Contact WHERE Name = bare',
    'SELECT Id FROM Contact WHERE Name IN ()',
    "SELECT Id FROM Contact WHERE Name = 'a\\q'",
    "SELECT Id FROM Contact WHERE Name = 'a' Email = 'b'",
    "SELECT Id FROM Contact WHERE Name = 'a' (Email = 'b')",
    "SELECT Id FROM Contact WHERE Name = 'a' NOT Email = 'b'",
    "SELECT Id FROM Contact WHERE AND Name = 'a'",
    "SELECT Id FROM Contact WHERE ( or Name = 'a')",
    "SELECT Id FROM Contact WHERE Name IN 'a'",
    "SELECT Id FROM Contact WHERE Name = ('a', 'b')",
    "SELECT Id FROM Contact WHERE (Name = 'a'",
    "SELECT Id FROM Contact WHERE Name = 'a')",
    "SELECT Id FROM Contact WHERE Name = 'a' OR Name = 'b' AND Name = 'c'",
    "SELECT Id FROM Contact WHERE Name = 'a' AND NOT Name = 'b'",
    "SELECT Id FROM Contact WHERE NOT Name = 'a' AND Name = 'b'",
    'SELECT Id FROM Contact LIMIT -1',
    'SELECT Id FROM Contact LIMIT many',
    'SELECT Id FROM Contact LIMIT 5 ORDER BY Id',
    'SELECT Id FROM Contact; DELETE',
    'SELECT Id, Id FROM Contact',
    'SELECT Id one FROM Contact',
    'SELECT COUNT() FROM Contact ORDER BY Name',
    `SELECT Id FROM Contact WHERE Name = '${'a'.repeat(100_000)}'`,
    '',
  ])('as malformed: %s', async (soql) => {
    // A statement of this length only gets through inside a batch.
    const { json } = await filled.batch([{ method: 'GET', url: `v66.0/query?q=${encodeURIComponent(soql)}` }])
    expect(json.results[0].statusCode).toBe(400)
    expect(json.results[0].result).toEqual([{ errorCode: 'MALFORMED_QUERY', message: expect.any(String) }])
  })

  it.each([
    ['SELECT Nickname FROM Contact', 'INVALID_FIELD'],
    ["SELECT Id FROM Contact WHERE Nickname = 'a'", 'INVALID_FIELD'],
    ['SELECT Id FROM Contact ORDER BY Nickname', 'INVALID_FIELD'],
    ['SELECT Account.Nickname FROM Contact', 'INVALID_FIELD'],
    ['SELECT Owner.Name FROM Contact', 'INVALID_FIELD'],
    ['SELECT IsPersonAccount FROM Contact', 'INVALID_FIELD'],
    ['SELECT Id FROM Contact WHERE Phone = 4155550123', 'INVALID_FIELD'],
    ["SELECT Id FROM Lead WHERE IsConverted = 'false'", 'INVALID_FIELD'],
    ["SELECT Id FROM Contact WHERE CreatedDate > '2020-01-01'", 'INVALID_FIELD'],
    ["SELECT Id FROM Contact WHERE Id LIKE '003%'", 'INVALID_FIELD'],
    ['SELECT Id FROM Person', 'INVALID_TYPE'],
    ["SELECT Id FROM Contact WHERE Id = '123'", 'INVALID_QUERY_FILTER_OPERATOR'],
    ['SELECT Id FROM Contact LIMIT 1 OFFSET 2001', 'NUMBER_OUTSIDE_VALID_RANGE'],
  ])('%s as %s', async (soql, code) => {
    expect(errorOf(await filled.query(soql))).toBe(`400 ${code}`)
  })

  it('with the place where it went wrong', async () => {
    const [{ message }] = (await filled.query('SELECT Id, Nickname FROM Contact')).json
    expect(message).toContain('\nSELECT Id, Nickname FROM Contact\n           ^\nERROR at Row:1:Column:12\nNo such column')
  })
})

describe('conditions', async () => {
  const { sandbox, records } = await connectOrg({ contacts: 0 })
  const add = (LastName: string, more = {}) => sandbox.addRecord('Contact', { LastName, ...more })
  add("O'Brien", { Phone: '+1 (415) 555-0100', Email: 'Grace@Example.com' })
  add('50%_off\\', { Phone: '4155550101' })
  add('Zoë', { Phone: null, Email: null })
  add('a\nb', { Title: 'CEO' })
  add('🌟 Öz', { Title: 'ceo' })
  const named = async (condition: string) =>
    (await records(`SELECT LastName FROM Contact WHERE ${condition}`)).map(({ LastName }) => LastName)

  it.each([
    ["LastName = 'o\\'brien'", ["O'Brien"]],
    ["Email = 'GRACE@example.COM'", ["O'Brien"]],
    ["LastName = '50%_off\\\\'", ['50%_off\\']],
    ["LastName LIKE '50\\%\\_off_'", ['50%_off\\']],
    ["LastName LIKE '50%'", ['50%_off\\']],
    ["LastName LIKE '%\\\\'", ['50%_off\\']],
    ["LastName LIKE 'zo_'", ['Zoë']],
    ["LastName LIKE '_ ö%'", ['🌟 Öz']],
    ["LastName LIKE '%'", ["O'Brien", '50%_off\\', 'Zoë', 'a\nb', '🌟 Öz']],
    ["LastName LIKE ''", []],
    ["LastName = 'a\\nb'", ['a\nb']],
    ["LastName = 'Zo\\u00EB'", ['Zoë']],
    ["Phone LIKE '%415%555%0100'", ["O'Brien"]],
    ["Title = 'CEO'", ['a\nb', '🌟 Öz']],
    ["Title != 'CEO'", ["O'Brien", '50%_off\\', 'Zoë']],
    ["Title <> 'CEO' AND Phone = null", ['Zoë']],
    ["Title = ''", ["O'Brien", '50%_off\\', 'Zoë']],
    ['Email != null', ["O'Brien"]],
    ["Title IN ('ceo', 'x')", ['a\nb', '🌟 Öz']],
    ["Title NOT IN ('ceo')", ["O'Brien", '50%_off\\', 'Zoë']],
    ["Title IN (null, 'x')", ["O'Brien", '50%_off\\', 'Zoë']],
    ["NOT LastName LIKE '%o%'", ['a\nb', '🌟 Öz']],
    ["(NOT LastName LIKE '%o%') AND (Title = 'ceo' OR Title = null)", ['a\nb', '🌟 Öz']],
    ["LastName > 'o' AND LastName < 'p'", ["O'Brien"]],
    [
      'IsDeleted = false AND (CreatedDate > 2020-01-01T00:00:00Z AND CreatedDate >= TODAY)',
      ["O'Brien", '50%_off\\', 'Zoë', 'a\nb', '🌟 Öz'],
    ],
    ['CreatedDate < LAST_N_DAYS:3', []],
    ['CreatedDate = 2001-02-03', []],
    ["Contact.LastName = 'zoë'", ['Zoë']],
    ["LastName = '( and' OR LastName = 'zoë'", ['Zoë']],
  ])('%s', async (condition, names) => {
    expect(await named(condition)).toEqual(names)
  })

  it('takes no time over a pattern that is all wildcards', async () => {
    const started = performance.now()
    await named(`LastName LIKE '${'%a'.repeat(200)}'`)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('take an alias, and ids of 15 characters, which tell capitals apart', async () => {
    const [first] = [...sandbox.contacts]
    const id = String(first?.id)
    expect(await records(`SELECT c.LastName FROM Contact c WHERE c.Id = '${id.slice(0, 15)}'`)).toHaveLength(1)
    const swapped = id
      .slice(0, 15)
      .replace(/[a-zA-Z](?=[^a-zA-Z]*$)/, (letter) =>
        letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
      )
    expect(await records(`SELECT Id FROM Contact WHERE Id = '${swapped}'`)).toHaveLength(0)
  })
})

describe('sorting', async () => {
  const { sandbox, records } = await connectOrg({ contacts: 0 })
  for (const [LastName, Title] of [
    ['b', 'x'],
    ['A', null],
    ['c', 'X'],
    ['B', null],
  ] as const)
    sandbox.addRecord('Contact', { LastName, Title })
  const sorted = async (order: string) =>
    (await records(`SELECT LastName FROM Contact ORDER BY ${order}`)).map(({ LastName }) => LastName).join('')

  it.each([
    ['LastName', 'AbBc'],
    ['LastName DESC', 'cbBA'],
    ['Title, LastName', 'ABbc'],
    ['Title DESC NULLS LAST, LastName DESC', 'cbBA'],
    ['Title NULLS LAST, Id DESC', 'cbBA'],
    ['Id DESC', 'BcAb'],
  ])('%s', async (order, names) => {
    expect(await sorted(order)).toBe(names)
  })

  it('goes with LIMIT and OFFSET', async () => {
    expect(await sorted('LastName LIMIT 2 OFFSET 1')).toBe('bB')
    expect(await sorted('Id LIMIT 2 OFFSET 3')).toBe('B')
    expect(await sorted('Id DESC LIMIT 1 OFFSET 1')).toBe('c')
    expect(await sorted('Id LIMIT 0')).toBe('')
  })
})

describe('paging', () => {
  it('by key gives every record once, in order, while records come and go', async () => {
    const { sandbox, records } = await connectOrg({ contacts: 3000, leads: 0 })
    const seen: string[] = []
    let last = ''
    for (;;) {
      const page = await records(`SELECT Id FROM Contact${last && ` WHERE Id > '${last}'`} ORDER BY Id LIMIT 500`)
      if (page.length === 0) break
      seen.push(...page.map(({ Id }) => Id))
      last = seen.at(-1) ?? ''
      if (seen.length === 1000) sandbox.removeRecord(seen[0] ?? '')
      if (seen.length === 1500) sandbox.addRecord('Contact', { LastName: 'Latecomer' })
    }
    expect(seen).toHaveLength(3001)
    expect(new Set(seen).size).toBe(3001)
    expect([...seen].sort()).toEqual(seen)
    expect(seen.every((id) => /^003\w{15}$/.test(id))).toBe(true)
  })

  it('by cursor gives 2000 a page, to whoever asked', async () => {
    const first = await filled.query('SELECT Id FROM Contact ORDER BY Id')
    expect(first.json).toMatchObject({ totalSize: 4000, done: false })
    expect(first.json.records).toHaveLength(2000)
    const next: string = first.json.nextRecordsUrl
    expect(next).toMatch(/^\/services\/data\/v66\.0\/query\/01g\w{15}-2000$/)
    const second = await callWith(filled.sandbox, filled.tokens.access_token, 'GET', next)
    expect([second.json.done, second.json.totalSize, second.json.nextRecordsUrl]).toEqual([true, 4000, undefined])
    const ids = [...first.json.records, ...second.json.records].map(({ Id }) => Id)
    expect(ids).toEqual(contacts.map(({ id }) => id))

    const other = await connect(filled.sandbox)
    expect(errorOf(await callWith(filled.sandbox, other.access_token, 'GET', next))).toBe('400 INVALID_QUERY_LOCATOR')
    for (const path of ['query/01g000000000000AAA-2000', `query/${next.split('/').at(-1)}9`, 'query/x'])
      expect(errorOf(await filled.get(path))).toBe('400 INVALID_QUERY_LOCATOR')
  })

  it('takes a page size from 200 on', async () => {
    const { json } = await filled.query('SELECT Id FROM Lead', { 'sforce-query-options': 'batchSize=300' })
    expect([json.records.length, json.nextRecordsUrl.split('-').at(-1)]).toEqual([300, '300'])
    const smallest = await filled.query('SELECT Id FROM Lead', { 'sforce-query-options': 'batchSize=1' })
    expect(smallest.json.records).toHaveLength(200)
  })

  it('keeps ten cursors for each user', async () => {
    const urls: string[] = []
    for (let i = 0; i < 11; i++) urls.push((await filled.query(`SELECT Id FROM Contact LIMIT ${3000 + i}`)).json.nextRecordsUrl)
    const statuses = await Promise.all(
      urls.map(async (url) => (await callWith(filled.sandbox, filled.tokens.access_token, 'GET', url)).status),
    )
    expect(statuses).toEqual([400, ...Array.from({ length: 10 }, () => 200)])
  })
})

describe('look-ups', () => {
  it('by phone, fax and address give what reading everything gives', async () => {
    const leads = [...filled.sandbox.leads]
    for (const [object, all] of [
      ['Contact', contacts],
      ['Lead', leads],
    ] as const) {
      let found = 0
      for (const { fields } of all.filter((_, i) => i % 40 === 15)) {
        for (const [name, value] of Object.entries(fields)) {
          if (!/Phone$|^Fax$|^Email$/.test(name) || value === null) continue
          const rows = await filled.records(`SELECT Id FROM ${object} WHERE ${name} = ${quoted(value)}`)
          const expected = all.filter((other) => String(other.fields[name]).toLowerCase() === String(value).toLowerCase())
          expect(rows.map(({ Id }) => Id)).toEqual(expected.map(({ id }) => id))
          found += rows.length
        }
      }
      expect(found).toBeGreaterThan(20)
    }
  })

  it('see changes at once', async () => {
    const { sandbox, records } = await connectOrg({ contacts: 300 })
    const [contact] = [...sandbox.contacts]
    const byPhone = async () => (await records("SELECT Id FROM Contact WHERE Phone = '+1 415 555 0199'")).length
    const liked = async () => (await records("SELECT Id FROM Contact WHERE Phone LIKE '%555 0199'")).length
    expect([await byPhone(), await liked()]).toEqual([0, 0])
    sandbox.updateRecord(contact?.id ?? '', { Phone: '+1 415 555 0199' })
    expect([await byPhone(), await liked()]).toEqual([1, 1])
    sandbox.removeRecord(contact?.id ?? '')
    expect([await byPhone(), await liked()]).toEqual([0, 0])
  })
})
