import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContactQuery } from '../../../src/connectors/connector.ts'
import { contactProperties } from '../../../src/connectors/hubspot/contact-texts.ts'
import { searchPlans } from '../../../src/connectors/hubspot/search.ts'
import { readQuery } from '../../../src/directory/query.ts'
import { hostileText, steady } from '../../support/properties.ts'

const national = ['hs_searchable_calculated_phone_number', 'hs_searchable_calculated_mobile_number']
const typed = ['phone', 'mobilephone', 'hs_whatsapp_phone_number']

/** Filters as `property OPERATOR value`, one group each. */
const groups = (query: ContactQuery, plan = 0) =>
  (searchPlans(query)[plan]?.filterGroups ?? []).map(({ filters = [] }) => {
    expect(filters).toHaveLength(1)
    return filters.map((f) => `${f.propertyName} ${f.operator} ${f.values?.join() ?? f.value}`).join()
  })

describe('what HubSpot is asked', () => {
  it('for a number: nationally where it indexes numbers, internationally where people typed them, in one call', () => {
    const query: ContactQuery = {
      kind: 'phone',
      numbers: [{ e164: '+4930901820', national: '30901820', spellings: ['+4930901820', '030 901820'] }],
    }
    expect(searchPlans(query)).toHaveLength(1)
    expect(groups(query)).toEqual([
      ...national.map((name) => `${name} EQ 30901820`),
      'phone EQ +4930901820',
      'mobilephone EQ +4930901820',
      'hs_whatsapp_phone_number IN +4930901820,030 901820',
    ])
  })

  it('for a number with two readings: both at once, each once', () => {
    const numbers = [
      { e164: '+491712345678', national: '1712345678', spellings: ['+491712345678'] },
      { e164: '+11712345678', national: '1712345678', spellings: ['+11712345678'] },
    ]
    expect(groups({ kind: 'phone', numbers })).toEqual([
      ...national.map((name) => `${name} EQ 1712345678`),
      'phone IN +491712345678,+11712345678',
      'mobilephone IN +491712345678,+11712345678',
      'hs_whatsapp_phone_number IN +491712345678,+11712345678',
    ])
  })

  it('for a part of a number: anywhere within, then as text', () => {
    const query: ContactQuery = { kind: 'digits', digits: '90182', typed: '90 182' }
    expect(groups(query)).toEqual([...national, ...typed].map((name) => `${name} CONTAINS_TOKEN *90182*`))
    expect(searchPlans(query)[1]).toEqual({ query: '90 182' })
    expect(searchPlans({ ...query, typed: '' })).toHaveLength(1)
  })

  it('for an email: the address or an additional one, then as text', () => {
    const query: ContactQuery = { kind: 'email', email: 'ana@example.com' }
    expect(groups(query)).toEqual(['email EQ ana@example.com', 'hs_additional_emails CONTAINS_TOKEN ana@example.com'])
    expect(searchPlans(query)[1]).toEqual({ query: 'ana@example.com' })
  })

  it('for text: the text', () => {
    expect(searchPlans({ kind: 'text', text: 'ana "x"' })).toEqual([{ query: 'ana "x"' }])
  })

  it('never exceeds what HubSpot takes, whatever is searched for', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText(500), fc.stringMatching(/^[+0-9 ()-]{1,500}$/)), (search) => {
        const query = readQuery(search, 'DE')
        if (query === null) return
        for (const plan of searchPlans(query)) {
          const body = JSON.stringify({ ...plan, limit: 100, properties: contactProperties, after: '9900' })
          expect(Buffer.byteLength(body)).toBeLessThanOrEqual(3_000)
          expect(plan.filterGroups?.length ?? 0).toBeLessThanOrEqual(5)
        }
      }),
      steady(1_000),
    )
  })
})
