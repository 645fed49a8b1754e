// The REST API's routes: whatever is read, many reads in one request, and the list of versions.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type AccessOptions, grantOf, spend } from './access.ts'
import { readBatch } from './batch.ts'
import { notFound, SalesforceError } from './errors.ts'
import { API_VERSIONS } from './org.ts'
import { type Asked, type Resource, readResource, splitUrl } from './resources.ts'

const MAX_URL = 16_384
const PAGE_SIZE = 2000

/** What the routes stand on. */
export interface ApiOptions {
  readonly access: AccessOptions
  readonly resources: readonly Resource[]
  /** Creates records as a collection, and says of each what became of it. */
  readonly create: (body: unknown) => unknown
}

/** Adds `/services/data/` and all below it. @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_list.htm */
export function addApi(app: FastifyInstance, { access, resources, create }: ApiOptions): void {
  // The list of versions is for everyone.
  for (const path of ['/services/data', '/services/data/']) app.get(path, async () => API_VERSIONS.map(versionOf))

  const asking = (request: FastifyRequest<{ Params: { version: string; '*'?: string } }>, owner: string): Asked => {
    const version = API_VERSIONS.find((known) => `v${known}` === request.params.version)
    if (version === undefined) throw notFound()
    return {
      origin: `${request.protocol}://${request.host}`,
      version,
      path: (request.params['*'] ?? '').replace(/\/+$/, ''),
      query: new URLSearchParams(splitUrl(request.url).query),
      owner,
      pageSize: pageSizeOf(request),
    }
  }

  for (const path of ['/services/data/:version', '/services/data/:version/*']) {
    app.get<{ Params: { version: string; '*'?: string } }>(path, async (request, reply) => {
      if (request.url.length > MAX_URL) {
        return reply.code(414).type('text/html').send('<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>')
      }
      const asked = asking(request, grantOf(request, access).id)
      spend(reply, access, 1)
      const { status, body } = await readResource(resources, asked)
      return reply.code(status).send(body)
    })
  }

  app.post<{ Params: { version: string }; Body: unknown }>('/services/data/:version/composite/batch', async (request, reply) => {
    const asked = asking(request, grantOf(request, access).id)
    const batch = readBatch(request.body)
    spend(reply, access, Math.max(1, batch.size))
    return batch.run((address) => readResource(resources, { ...asked, ...address }), asked.version)
  })

  app.post<{ Params: { version: string }; Body: unknown }>(
    '/services/data/:version/composite/sobjects',
    async (request, reply) => {
      asking(request, grantOf(request, access).id)
      spend(reply, access, 1)
      return create(request.body)
    },
  )

  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/services/data/:version/*',
    handler: async (request) => {
      throw new SalesforceError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${request.method}' not allowed. Allowed are HEAD,GET`)
    },
  })
}

// `66.0` is Spring '26; there are three releases a year.
function versionOf(version: string): object {
  const release = Number.parseInt(version, 10) - 50
  const label = `${['Winter', 'Spring', 'Summer'][release % 3]} '${21 + Math.floor(release / 3)}`
  return { label, url: `/services/data/v${version}`, version }
}

// Salesforce takes 200 to 2000 and rounds what lies outside. @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_queryoptions.htm
function pageSizeOf(request: FastifyRequest): number {
  const asked = /batchSize=(\d+)/i.exec(String(request.headers['sforce-query-options'] ?? ''))?.[1]
  return asked === undefined ? PAGE_SIZE : Math.min(PAGE_SIZE, Math.max(200, Number(asked)))
}
