// Which companies belong to which contacts, many contacts at a time.

import type { FastifyInstance } from 'fastify'
import type { Access } from './access.ts'
import { batchError, idsIn, sendBatch } from './batch.ts'
import { type CompanyLink, type ObjectType, recordById } from './object-type.ts'

const BATCH_LIMIT = 1000

/**
 * Adds the batch read of contact-to-company associations. A contact without any is an error inside a 207, not an empty list.
 * @see https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
 */
export function addAssociationRoutes(app: FastifyInstance, contacts: ObjectType, access: Access, now: () => number): void {
  const guarded = { onRequest: access.guard({ scopes: ['crm.objects.contacts.read', 'crm.objects.companies.read'] }) }
  for (const version of ['2026-03', 'v4'] as const) {
    const base = version === 'v4' ? '/crm/v4/associations' : `/crm/associations/${version}`
    for (const pair of ['contacts/companies', 'contact/company', '0-1/0-2']) {
      app.post<{ Body: unknown }>(`${base}/${pair}/batch/read`, guarded, async (request, reply) => {
        const ids = idsIn(request.body, BATCH_LIMIT)
        const linked = ids.map((id) => ({ id, companies: recordById(contacts, id)?.companies ?? [] }))
        const results = linked
          .filter(({ companies }) => companies.length > 0)
          .map(({ id, companies }) => ({ from: { id }, to: companies.map((company) => targetOf(company, version)) }))
        const errors = linked.filter(({ companies }) => companies.length === 0).map(({ id }) => noAssociations(id))
        return sendBatch(reply, now(), results, errors)
      })
    }
  }
}

// The one difference between the versions: v4 writes the company's id as a number.
function targetOf({ id, primary }: CompanyLink, version: '2026-03' | 'v4'): object {
  return {
    toObjectId: version === 'v4' ? Number(id) : id,
    associationTypes: [
      ...(primary ? [{ category: 'HUBSPOT_DEFINED', typeId: 1, label: 'Primary' }] : []),
      { category: 'HUBSPOT_DEFINED', typeId: 279, label: null },
    ],
  }
}

function noAssociations(id: string): object {
  return batchError({
    subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
    message: `No company is associated with contact ${id}.`,
    context: { fromObjectId: [id], fromObjectType: ['contact'], toObjectType: ['company'] },
  })
}
