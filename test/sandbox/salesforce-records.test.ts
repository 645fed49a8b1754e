// The sandbox's org: the same people for the same seed, as messy as Salesforce lets them be, with ids that could be real.

import { describe, expect, it } from 'vitest'
import { idOf, readId } from '../../src/sandbox/salesforce/ids.ts'
import { buildSalesforceSandbox, type SalesforceSandboxOptions } from '../../src/sandbox/salesforce/server.ts'
import type { SalesforceRecord } from '../../src/sandbox/salesforce/sobject.ts'
import { CLIENT, connectOrg } from './connected-org.ts'

const build = (options: Partial<SalesforceSandboxOptions>) => buildSalesforceSandbox({ ...CLIENT, ...options })

describe('ids', () => {
  it('have the checksum that Salesforce computes', () => {
    // Pairs from Salesforce's own documentation and public examples.
    expect(readId('001D000000IqhSL')).toBe('001D000000IqhSLIAZ')
    expect(readId('00530000003xqAa')).toBe('00530000003xqAaAAI')
    expect(readId('001D000000IqhSLIAZ')).toBe('001D000000IqhSLIAZ')
    for (const wrong of [
      '',
      '001D000000IqhS',
      '001D000000IqhSLIAA',
      '001D000000IqhSLI',
      '001D000000Iqh-L',
      '001D000000IqhSLIAZ1',
    ])
      expect(readId(wrong)).toBeNull()
  })

  it('rise, with gaps, and tell the objects apart', () => {
    const { contacts, leads, accounts } = build({ contacts: 2000 })
    for (const [records, prefix] of [
      [contacts, '003'],
      [leads, '00Q'],
      [accounts, '001'],
    ] as const) {
      const ids = [...records].map(({ id }) => id)
      expect(ids.every((id) => id.startsWith(prefix) && readId(id) === id)).toBe(true)
      expect(ids).toEqual([...new Set(ids)].sort())
    }
    expect(idOf('003', 1) < idOf('003', 62) && idOf('003', 9) < idOf('003', 10) && idOf('003', 35) < idOf('003', 36)).toBe(true)
  })
})

describe('records', () => {
  const { contacts, leads, accounts } = build({ contacts: 5000, leads: 1000 })
  const people = [...contacts]
  const prospects = [...leads]
  const some = (records: readonly SalesforceRecord[], test: (fields: SalesforceRecord['fields']) => boolean) =>
    expect(records.filter(({ fields }) => test(fields)).length).toBeGreaterThan(0)

  it('are as many as asked, the same for the same seed, and others for another', () => {
    expect([people.length, prospects.length]).toEqual([4000, 1000])
    expect([...build({ contacts: 5000, leads: 1000 }).contacts].slice(0, 200)).toEqual(people.slice(0, 200))
    expect([...build({ contacts: 5000, seed: 2 }).contacts].slice(0, 50)).not.toEqual(people.slice(0, 50))
    const shares = [
      [10, 0.5, 5],
      [10, 0, 0],
      [10, 10, 10],
      [3, 7, 3],
      [0, 0.2, 0],
    ] as const
    for (const [records, share, count] of shares) {
      const org = build({ contacts: records, leads: share })
      expect([org.contacts.size, [...org.contacts].length, [...org.leads].length]).toEqual([
        records - count,
        records - count,
        count,
      ])
    }
  })

  it('have what Salesforce demands, and no longer than it allows', () => {
    for (const { fields } of [...people, ...prospects]) {
      expect(fields.LastName).toMatch(/\S/)
      expect(fields.Name).toMatch(/\S/)
      for (const [name, most] of [
        ['FirstName', 40],
        ['LastName', 80],
        ['Name', 121],
        ['Title', 128],
        ['Email', 80],
        ['Phone', 40],
      ] as const)
        expect(String(fields[name] ?? '').length).toBeLessThanOrEqual(most)
    }
    expect(prospects.every(({ fields }) => typeof fields.Company === 'string' && fields.Company !== '')).toBe(true)
  })

  it('are a mess', () => {
    for (const records of [people, prospects]) {
      some(records, ({ FirstName }) => FirstName === null)
      some(records, ({ LastName }) => LastName === '-' || LastName === 'Unknown')
      some(records, ({ LastName }) => String(LastName).includes("O'Brien"))
      some(records, ({ FirstName }) => String(FirstName).includes('<script>'))
      some(records, ({ FirstName }) => /\p{Script=Han}|\p{Script=Cyrillic}|\p{Script=Arabic}/u.test(String(FirstName)))
      some(records, ({ Phone, MobilePhone }) => Phone !== null && MobilePhone !== null)
      some(records, ({ Phone, MobilePhone, Email }) => Phone === null && MobilePhone === null && Email === null)
      some(records, ({ Phone }) => Phone === 'ask Ana' || Phone === 'n/a')
      some(records, ({ Phone }) => /ext\. \d/.test(String(Phone)))
      some(records, ({ Fax }) => Fax !== null)
      some(records, ({ Phone }) => Phone !== null && records.filter(({ fields }) => fields.Phone === Phone).length > 1)
    }
    for (const name of ['HomePhone', 'OtherPhone', 'AssistantPhone', 'MailingCountry', 'Salutation'])
      some(people, (fields) => fields[name] !== null)
    some(people, ({ AccountId }) => AccountId === null)
    expect(people.every(({ fields }) => fields.AccountId === null || accounts.get(String(fields.AccountId)) !== undefined)).toBe(
      true,
    )
    some(prospects, ({ Website }) => String(Website).startsWith('javascript:'))
    some(prospects, ({ Company }) => Company === '[not provided]')
  })

  it('have leads that became contacts, and people who are both', () => {
    const converted = prospects.filter(({ fields }) => fields.IsConverted === true)
    expect(converted.length).toBe(100)
    for (const { fields } of converted) {
      const contact = contacts.get(String(fields.ConvertedContactId))
      expect([contact?.fields.Email, contact?.fields.MobilePhone]).toEqual([fields.Email, fields.MobilePhone])
    }
    const addresses = new Set(people.map(({ fields }) => fields.Email).filter((email) => email !== null))
    some(prospects, ({ IsConverted, Email }) => IsConverted === false && addresses.has(Email as string))
  })

  it('are added, changed and deleted', () => {
    const sandbox = build({ contacts: 20, now: () => 1_790_000_000_000 })
    const added = sandbox.addRecord('Contact', {
      FirstName: ' Grace ',
      LastName: 'Hopper',
      Phone: '',
      AccountId: '001D000000IqhSL',
    })
    expect(added.fields).toMatchObject({ Name: 'Grace Hopper', FirstName: 'Grace', Phone: null, AccountId: '001D000000IqhSLIAZ' })
    expect(added.fields.CreatedDate).toBe(new Date(1_790_000_000_000).toISOString().replace('Z', '+0000'))
    expect(added.id > ([...sandbox.contacts].at(-2)?.id ?? '')).toBe(true)
    expect(sandbox.updateRecord(added.id.slice(0, 15), { FirstName: null })?.fields.Name).toBe('Hopper')
    expect(sandbox.contacts.get(added.id)?.fields.Name).toBe('Hopper')
    expect(sandbox.removeRecord(added.id)).toBe(true)
    expect([sandbox.contacts.get(added.id), sandbox.removeRecord(added.id), sandbox.updateRecord(added.id, {})]).toEqual([
      undefined,
      false,
      null,
    ])
    expect(() => sandbox.addRecord('Contact', { Name: 'x' })).toThrow('Name')
    expect(() => sandbox.addRecord('Contact', { Nickname: 'x' })).toThrow('Nickname')
  })
})

describe('a large org', () => {
  it('answers counts, pages by key and look-ups without reading everybody', async () => {
    const { sandbox, records, query, found } = await connectOrg({ contacts: 1_000_000 })
    const last = sandbox.contacts.get((await records('SELECT Id FROM Contact ORDER BY Id DESC LIMIT 1'))[0].Id)
    const started = performance.now()
    expect((await query('SELECT COUNT() FROM Contact')).json.totalSize).toBe(800_000)
    expect(
      await records(`SELECT Id, Name, Account.Name FROM Contact WHERE Id >= '${last?.id}' ORDER BY Id LIMIT 2000`),
    ).toHaveLength(1)
    const [middle] = await records(
      "SELECT Id, Phone, Email FROM Contact WHERE Id > '0035g000004' ORDER BY Id LIMIT 1".replace(
        "'0035g000004'",
        `'${idOf('003', 14_776_336 + 41 * 400_000)}'`,
      ),
    )
    expect(
      await records(`SELECT Id FROM Contact WHERE Id > '${middle.Id}' AND Email != null ORDER BY Id LIMIT 2000`),
    ).toHaveLength(2000)
    const known = (
      await records(
        `SELECT Id, MobilePhone, Email FROM Contact WHERE Id > '${middle.Id}' AND MobilePhone LIKE '+%' ORDER BY Id LIMIT 1`,
      )
    )[0]
    expect(await records(`SELECT Id FROM Contact WHERE MobilePhone = '${known.MobilePhone}'`)).toContainEqual(
      expect.objectContaining({ Id: known.Id }),
    )
    const digits = known.MobilePhone.replace(/\D/g, '')
    expect(await found(`FIND {${digits}} IN PHONE FIELDS RETURNING Contact(Id), Lead(Id)`)).toContainEqual(
      expect.objectContaining({ Id: known.Id }),
    )
    expect(performance.now() - started).toBeLessThan(3000)
  })
})
