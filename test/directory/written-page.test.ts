/** Pages as bytes: what goes in comes out, in the envelope and as contacts. */
import { describe, expect, it } from 'vitest'
import { envelopeRoom } from '../../src/contact.ts'
import { WrittenPage } from '../../src/directory/written-page.ts'
import { fakeContact, people } from '../support/fake-crm.ts'

const page = (items = people(3)) => new WrittenPage({ items, next: 'c', total: 7 })

describe('a written page', () => {
  it.each([[[]], [people(2)], [[{ ...fakeContact('ü'), name: 'Zoë “李” \u0000\u2028 😀' }]]])(
    'is the envelope of %j',
    (items) => {
      const written = new WrittenPage({ items, next: null, total: items.length })
      const envelope = { results: items, count: items.length, next_page_param: '', contact_provider: {} }
      expect(written.length).toBe(items.length)
      expect(JSON.parse(written.envelope(items.length, '').toString())).toEqual(envelope)
      expect(written.contacts()).toEqual(items)
    },
  )

  it('is written once for the same count and next page, and anew for others', () => {
    const written = page()
    const first = written.envelope(7, 'token')
    expect(written.envelope(7, 'token')).toBe(first)
    for (const other of [written.envelope(8, 'token'), written.envelope(7, 'next')]) expect(other.equals(first)).toBe(false)
    expect(written.envelope(7, 'token').equals(first)).toBe(true)
    expect(written.contacts()).toEqual(people(3))
  })

  it('is written where its contacts are, if there is room around them, and never over what was given out', () => {
    const { before, behind } = envelopeRoom
    const json = Buffer.from(JSON.stringify(people(3)))
    const own = Buffer.allocUnsafeSlow(before + json.length + behind)
    const contacts = own.subarray(before, before + json.copy(own, before))
    const roomy = new WrittenPage({ items: [], written: { json: contacts, length: 3 }, next: 'c', total: 7 })
    const first = roomy.envelope(7, 'token')
    expect(first.buffer).toBe(own.buffer)
    expect(JSON.parse(String(first))).toMatchObject({ results: people(3), count: 7, next_page_param: 'token' })
    const text = String(first)
    const long = roomy.envelope(8, 'ü'.repeat(behind))
    expect(JSON.parse(String(long))).toMatchObject({ results: people(3), count: 8, next_page_param: 'ü'.repeat(behind) })
    expect(String(first)).toBe(text)
    expect(roomy.contacts()).toEqual(people(3))
  })

  it('whose ending is longer than the room is written elsewhere', () => {
    const { before, behind } = envelopeRoom
    const own = Buffer.allocUnsafeSlow(before + 2 + behind)
    own.write('[]', before)
    const roomy = new WrittenPage({
      items: [],
      written: { json: own.subarray(before, before + 2), length: 0 },
      next: 'c',
      total: 0,
    })
    expect(JSON.parse(String(roomy.envelope(0, 'ü'.repeat(behind))))).toMatchObject({
      results: [],
      next_page_param: 'ü'.repeat(behind),
    })
  })

  it('knows its size in bytes', () => {
    expect(page().size).toBe(Buffer.byteLength(JSON.stringify(people(3))))
  })

  it('has nothing missing unless said', () => {
    expect(page().missing).toEqual([])
    expect(new WrittenPage({ items: [], next: null, total: null, missing: ['companies'] }).missing).toEqual(['companies'])
  })
})
