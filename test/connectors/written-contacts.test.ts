import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ContactsPage, joined, WrittenRows } from '../../src/connectors/written-contacts.ts'
import { type Contact, envelopeRoom, makeContact } from '../../src/contact.ts'
import { steady } from '../support/properties.ts'

/** Names of any writing and length, in which anything of JSON may stand. */
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(']},{"contact_id":"', '},{"contact_id":"', '"]', ',', '\\', '🙂'.repeat(2_000), 'ж'.repeat(5_000), ''),
)
const contacts = fc
  .array(name, { maxLength: 30 })
  .map((names) =>
    names.map((each, index) =>
      makeContact({ contactId: `id-${index}`, name: each.toWellFormed(), companies: [], phones: [], emails: [], urls: [] }),
    ),
  )

const rowsOf = (all: readonly Contact[]) => new WrittenRows({ json: Buffer.from(JSON.stringify(all)), length: all.length })

describe('written rows', () => {
  it('give what was cut from the contacts themselves, wherever it begins and however long it is', () => {
    fc.assert(
      fc.property(contacts, fc.nat(35), fc.nat(35), (all, from, count) => {
        const rows = rowsOf(all)
        expect(rows.length).toBe(all.length)
        const { json, ids } = rows.cut(from, count)
        const expected = all.slice(from, from + count)
        expect(JSON.parse(`[${json}]`)).toEqual(expected)
        expect(ids).toEqual(expected.map(({ contact_id }) => contact_id))
        expect(all.map(({ contact_id }) => rows.placeOf(contact_id))).toEqual([...all.keys()])
        expect(rows.placeOf(`id-${all.length}`)).toBe(-1)
      }),
      steady(500),
    )
  })

  it('give those that are wanted, by their ids or by what they say', () => {
    fc.assert(
      fc.property(contacts, fc.nat(3), fc.nat(30), (all, every, most) => {
        const isWanted = ({ contact_id, name }: Contact) =>
          Number(contact_id.slice(3)) % (every + 1) === 0 && (name?.length ?? 0) <= most
        const rows = rowsOf(all).only((id, contact) => {
          expect(contact().contact_id).toBe(id)
          return isWanted(contact())
        })
        const { json, ids } = rows.cut(0, all.length)
        const wanted = all.filter(isWanted)
        expect(JSON.parse(`[${json}]`)).toEqual(wanted)
        expect(ids).toEqual(wanted.map(({ contact_id }) => contact_id))
      }),
      steady(500),
    )
  })

  it('make one array of several cuts, empty ones among them, with room for an envelope around', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(contacts, fc.nat(20), fc.nat(20)), { maxLength: 4 }), (parts) => {
        const written = joined(parts.map(([all, from, count]) => rowsOf(all).cut(from, count)))
        const expected = parts.flatMap(([all, from, count]) => all.slice(from, from + count))
        const page = new ContactsPage(written, null, null)
        expect(page.items).toEqual(expected)
        expect(page.written.length).toBe(expected.length)
        const { byteOffset, buffer, length } = written.json
        expect([byteOffset, buffer.byteLength]).toEqual([envelopeRoom.before, envelopeRoom.before + length + envelopeRoom.behind])
      }),
      steady(300),
    )
  })

  it('say what they take in memory: hardly more than their bytes', () => {
    const all = Array.from({ length: 1_000 }, (_, index) =>
      makeContact({ contactId: `${index}`, name: 'Zoë Żak', companies: [], phones: [], emails: [], urls: [] }),
    )
    const bytes = Buffer.byteLength(JSON.stringify(all))
    expect(rowsOf(all).size).toBeGreaterThan(bytes)
    expect(rowsOf(all).size).toBeLessThan(bytes + 100 * all.length)
  })
})
