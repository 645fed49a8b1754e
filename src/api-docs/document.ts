/** The API as an OpenAPI 3.1 document, from the schemas of its routes. */
import type { FastifySchema } from 'fastify'
import { emptyEnvelope } from '../contact.ts'
import { type ErrorCode, errorCodes } from '../errors.ts'
import type { DocumentedRoute } from './collect.ts'

/** As far as the page of it looks at it. @see https://spec.openapis.org/oas/v3.1.1.html */
export type ApiDocument = {
  readonly openapi: string
  readonly info: { readonly title: string; readonly description: string; readonly version: string }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}
export type Operation = {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, ApiResponse>>
}
export type ApiResponse = {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: Schema; readonly examples?: Record<string, { value: unknown }> }>>
}
// biome-ignore lint/suspicious/noExplicitAny: JSON Schema has more forms than the page tells apart
export type Schema = Record<string, any>

const description = [
  'Connects a get.chat inbox to its team’s CRM. The plugin protocol’s routes are what an inbox asks; they answer under `/inboxes/{key}`, the',
  'plugin URL, and at the root with the key in a header; each with or without a slash at the end. Every error has a code, which says what to do: see `Error`.',
].join(' ')
const tags = [
  { name: 'plugin', description: 'What an inbox asks, with its key in the address: the plugin URL' },
  {
    name: 'plugin at the root',
    description: 'The same with the key in a header; without one, on an open server, as the first inbox',
  },
  { name: 'public', description: 'What CRMs call by themselves: events, and workflows that send messages' },
  { name: 'admin', description: 'What the operator’s command line speaks, with the admin token' },
  { name: 'health', description: 'How the server is, for orchestrators and load balancers' },
]
const securitySchemes = {
  key: { type: 'http', scheme: 'bearer', description: 'the inbox’s key; the scheme `Token` does as well' },
  keyAsUser: { type: 'http', scheme: 'basic', description: 'the key as the user name: https://key@host' },
  sendingSecret: {
    type: 'http',
    scheme: 'bearer',
    description: 'the inbox’s secret for sending; the header `X-Api-Key` does as well',
  },
  keyHeader: { type: 'apiKey', in: 'header', name: 'X-Inbox-Key', description: 'the inbox’s key' },
  adminToken: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN' },
} as const

/** Loads what it takes only now, and keeps none of it: a server whose documentation nobody reads does without. */
export async function describeApi(routes: readonly DocumentedRoute[], publicUrl: string): Promise<ApiDocument> {
  const [{ default: fastify }, { default: swagger }] = await Promise.all([import('fastify'), import('@fastify/swagger')])
  // Never asked anything: the library reads the routes of the server on which it is registered.
  const app = fastify({ exposeHeadRoutes: false })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'CRM bridge', description, version: '0.1.0', license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: publicUrl }],
      tags,
      components: { securitySchemes },
    },
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, nth) => (typeof $id === 'string' ? $id : `schema-${nth}`) },
  })
  const named = new Map<string, Schema>()
  const described = routes.filter(({ schema }) => !schema?.hide).map((route) => describeRoute(route, named))
  for (const schema of named.values()) app.addSchema(schema)
  for (const route of described) app.route({ ...route, handler: () => {} })
  await app.ready()
  const document = app.swagger() as unknown as ApiDocument
  await app.close()
  return document
}

function describeRoute({ method, url, schema = {}, config }: DocumentedRoute, named: Map<string, Schema>) {
  const path = url === '' ? '/' : url.length > 1 ? url.replace(/\/$/, '') : url
  const response = { ...answers(schema), ...failures(config?.errors ?? [], schema) }
  const documented = { ...schema, operationId: operationId(String(method), path), response }
  return { method, url: path, schema: byName(documented, named) as FastifySchema }
}

const operationId = (method: string, path: string): string =>
  [method.toLowerCase(), ...(path === '/' ? ['index'] : path.split(/[^a-z]+/i).filter(Boolean))]
    .map((word, nth) => (nth === 0 ? word : word[0]?.toUpperCase() + word.slice(1)))
    .join('')

/** What it answers when nothing fails. */
function answers({ response }: FastifySchema): Record<string, Schema> {
  const known = Object.entries((response ?? {}) as Record<string, Schema>).filter(([status]) => /^\d+$/.test(status))
  return Object.fromEntries(
    known.map(([status, schema]) => {
      const { description = 'As asked' } = schema
      if (schema.type === 'null') return [status, { type: 'null', description }]
      return [status, { description, content: { 'application/json': { schema } } }]
    }),
  )
}

/** What it answers when something does: its errors by status, each with an example. */
function failures(errors: readonly ErrorCode[], { response }: FastifySchema): Record<string, Schema> {
  const schema = (response as Schema | undefined)?.['4xx']
  if (schema === undefined) return {}
  const byStatus = Map.groupBy(errors, (code) => errorCodes[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${errorCodes[code].meaning}`).join(' '),
        content: {
          'application/json': { schema, examples: Object.fromEntries(codes.map((code) => [code, example(code, schema)])) },
        },
      },
    ]),
  )
}

function example(code: ErrorCode, schema: Schema): { value: unknown } {
  const error = { code, message: errorCodes[code].meaning, request_id: '0b6f3f0e-8f0c-4c1e-9d5e-2f6f7f6f1a11' }
  return { value: { ...(schema.properties.results === undefined ? {} : emptyEnvelope), error } }
}

/** The same, with a reference wherever a schema has a name. */
function byName(value: unknown, named: Map<string, Schema>): unknown {
  if (Array.isArray(value)) return value.map((one) => byName(one, named))
  if (typeof value !== 'object' || value === null) return value
  const parts = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, byName(part, named)]))
  if (typeof parts.$id !== 'string') return parts
  named.set(parts.$id, parts)
  return { $ref: `${parts.$id}#` }
}
