/** From the directory's query to HubSpot's search body. @see https://developers.hubspot.com/docs/api-reference/search/guide */
import { type Filter, FilterOperatorEnum as Operator } from '@hubspot/api-client/lib/codegen/crm/contacts/models/Filter.js'
import type { PublicObjectSearchRequest } from '@hubspot/api-client/lib/codegen/crm/contacts/models/PublicObjectSearchRequest.js'
import type { ContactQuery } from '../connector.ts'

/** HubSpot's search goes no further than this many results, whatever the total. */
export const searchCeiling = 10_000
/** Largest page that the search endpoint gives. */
export const largestSearchPage = 200

export type SearchCriteria = Pick<PublicObjectSearchRequest, 'query' | 'filterGroups'>

/** Indexed by HubSpot without country code, so numbers of different countries collide here. */
const nationalProperties = ['hs_searchable_calculated_phone_number', 'hs_searchable_calculated_mobile_number']
const typedProperties = ['phone', 'mobilephone']

/** What to ask HubSpot for a query, most exact first; a later one is worth asking when those before it found nothing. */
export function searchPlans(query: ContactQuery): readonly [SearchCriteria, ...SearchCriteria[]] {
  switch (query.kind) {
    case 'phone': {
      const national = distinct(query.numbers.map((number) => number.national))
      const international = distinct(query.numbers.map((number) => number.e164))
      const spellings = distinct(query.numbers.flatMap((number) => number.spellings))
      return [
        anyOf([
          ...nationalProperties.map((name) => equals(name, national)),
          ...typedProperties.map((name) => equals(name, international)),
          // HubSpot keeps no calculated number for this one, so it is found only as it was typed.
          equals('hs_whatsapp_phone_number', spellings),
        ]),
      ]
    }
    case 'digits': {
      const part = `*${query.digits}*`
      return [
        anyOf(
          [...nationalProperties, ...typedProperties, 'hs_whatsapp_phone_number'].map((name) => ({
            propertyName: name,
            operator: Operator.ContainsToken,
            value: part,
          })),
        ),
        ...(query.typed ? [{ query: query.typed }] : []),
      ]
    }
    case 'email':
      return [
        anyOf([
          { propertyName: 'email', operator: Operator.Eq, value: query.email },
          { propertyName: 'hs_additional_emails', operator: Operator.ContainsToken, value: query.email },
        ]),
        { query: query.email },
      ]
    case 'text':
      return [{ query: query.text }]
  }
}

/** HubSpot takes five groups at most, which is what a phone query needs. */
function anyOf(filters: Filter[]): SearchCriteria {
  return { filterGroups: filters.map((filter) => ({ filters: [filter] })) }
}

function equals(propertyName: string, values: string[]): Filter {
  const [only] = values
  return values.length === 1 && only !== undefined
    ? { propertyName, operator: Operator.Eq, value: only }
    : { propertyName, operator: Operator.In, values }
}

const distinct = (values: string[]): string[] => [...new Set(values)]
