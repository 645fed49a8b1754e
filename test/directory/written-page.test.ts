/** Pages as bytes: what goes in comes out, in the envelope and as contacts. */
import { describe, expect, it } from 'vitest'
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

  it('knows its size in bytes', () => {
    expect(page().size).toBe(Buffer.byteLength(JSON.stringify(people(3))))
  })

  it('has nothing missing unless said', () => {
    expect(page().missing).toEqual([])
    expect(new WrittenPage({ items: [], next: null, total: null, missing: ['companies'] }).missing).toEqual(['companies'])
  })
})
