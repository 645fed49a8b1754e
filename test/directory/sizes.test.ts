/** The memory for answers is bounded by what each says that it takes: that has to be true, also of the forms that are sent. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Contact } from '../../src/contact.ts'
import type { Answer } from '../../src/directory/directory.ts'
import type * as storeModule from '../../src/directory/store.ts'
import { keptBytes } from '../../src/plugin/kept-bytes.ts'
import { fakeContact, fakeCrm, fakeInbox } from '../support/fake-crm.ts'
import { fakeDirectory } from '../support/fake-directory.ts'

/** What was said of each value that was kept, by its name. */
const sizes = vi.hoisted(() => new Map<string, number>())
vi.mock('../../src/directory/store.ts', async (original) => {
  const { createStore } = await original<typeof storeModule>()
  return {
    createStore(maxBytes: number): storeModule.Store {
      const store = createStore(maxBytes)
      return {
        ...store,
        set(name, value, limits) {
          sizes.set(name, limits.size)
          store.set(name, value, limits)
        },
      }
    },
  }
})
beforeEach(() => sizes.clear())

/** As CRMs have them. */
const person = (nth: number): Contact => ({
  ...fakeContact(`hubspot-${100_000 + nth * 7}`, `+49309018${1_000 + nth}`),
  name: `Zoë ${['García', 'Müller', 'Okafor', '李'][nth % 4]} ${nth}`,
  companies: [{ company_name: `Nordwind ${nth % 30}`, job_title: 'Head of Sales' }],
  email_addresses: [{ email_address: `zoe.${nth}@nordwind.example`, description: 'email' }],
  urls: [{ url: `https://app.hubspot.com/contacts/4711/record/0-1/${100_000 + nth * 7}`, description: 'HubSpot' }],
})

/** The bytes in memory behind all forms of an answer: each whole allocation that it keeps from being freed. */
async function held({ written }: Answer): Promise<number> {
  const kept = keptBytes(written)
  const forms = kept.isSmall ? [written] : [written, await kept.as('br'), await kept.as('gzip')]
  const allocations = new Set(forms.map(({ buffer }) => buffer))
  return [...allocations].reduce((sum, { byteLength }) => sum + byteLength, 0)
}

describe('what an answer says that it takes', () => {
  it.each([0, 1, 3, 10, 30, 100])('is no less than it does, with %i contacts', async (count) => {
    const { list } = fakeDirectory(fakeCrm(Array.from({ length: count }, (_, nth) => person(nth))))
    const answer = await list(fakeInbox())
    expect(answer.contacts).toHaveLength(count)
    const [said = 0] = sizes.values()
    expect(await held(answer)).toBeLessThanOrEqual(said)
    // Nor so much more that little is kept.
    expect(said).toBeLessThan(2_000 + 2 * answer.written.length)
  })

  it('is said of every kind of answer', async () => {
    const { list, lookUp, directory } = fakeDirectory(fakeCrm([person(1)]))
    const inbox = fakeInbox()
    await list(inbox)
    await list(inbox, { search: 'zoë' })
    await list(inbox, { search: '+493090181001' })
    await lookUp(inbox, '493090181001')
    await lookUp(inbox, 'hubspot-100007')
    await directory.check(inbox)
    expect(sizes.size).toBe(6)
    for (const [name, size] of sizes) expect(size, name).toBeGreaterThanOrEqual(500)
  })
})
