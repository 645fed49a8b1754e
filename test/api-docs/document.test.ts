/** The API's documentation: a valid document of exactly the routes that there are, which real answers match. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { errorCodes } from '../../src/errors.ts'
import { adminToken, startTestBridge, type TestBridge } from '../support/bridge.ts'
import { run } from '../support/child.ts'
import { type Injected, inject, type Method } from '../support/inject.ts'
import type { Json } from '../support/json.ts'

let bridge: TestBridge
let app: App
let document: Json
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 5 } })
  app = bridge.bridge.app
  document = (await inject(app, '/docs/openapi.json')).json
})
afterAll(() => bridge.stop())

/** Everything that browsers visit. */
const pages =
  /^\/(admin(\/(sign-in|sign-out|inboxes|activity|language).*)?|connect.*|connected.*|oauth\/.*|assets\/.*|docs.*|language.*|keep.*|disconnect.*|replace.*)?$/

/** The app's routes from Fastify's own tree, such as `GET /contacts/{id}`. */
function routesOf(printed: string): string[] {
  const parts: string[] = []
  return printed.split('\n').flatMap((line) => {
    const [, indent = '', part, methods] = /^(.*?)[├└]── (\S*) ?(?:\((.+)\))?$/.exec(line) ?? []
    if (part === undefined) return []
    const depth = indent.length / 4
    parts.splice(depth, parts.length, part)
    const path = parts.join('').replace(/:(\w+)/g, '{$1}')
    return (methods?.split(', ') ?? []).filter((method) => method !== 'HEAD').map((method) => `${method} ${path}`)
  })
}

const operations = (): { name: string; operation: Json }[] =>
  Object.entries(document.paths as Json).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )

/** Compiles a schema of the document, with its references. */
function validatorOf(schema: Json) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  return ajv.compile({ ...schema, components: document.components })
}

describe('the document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.0')
    const { valid, errors } = await new Validator().validate(structuredClone(document))
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined })
  })

  it('has every route of the API, and no other', () => {
    const routes = routesOf(app.printRoutes({ commonPrefix: false }))
    expect(routes).toContain('GET /inboxes/{key}/contacts/{id}')
    const isApi = (route: string) => !pages.test(route.replace(/^\w+ /, '')) || route === 'GET /'
    const documented = operations().map(({ name }) => name)
    const api = routes.filter(isApi).filter((route) => route !== 'GET *' && !route.startsWith('OPTIONS'))
    const shortened = api.map((route) => (route === 'GET /' ? route : route.replace(/\/$/, '')))
    expect([...new Set(shortened)].sort()).toEqual([...documented].sort())
  })

  it('says of every operation what it is for, under a name of its own', () => {
    for (const { name, operation } of operations()) {
      expect(operation.summary, name).toMatch(/^\S.+/)
      expect(operation.tags, name).toHaveLength(1)
      expect(document.tags.map((tag: Json) => tag.name)).toContain(operation.tags[0])
      for (const parameter of operation.parameters ?? [])
        expect(parameter.description, `${name} ${parameter.name}`).toMatch(/^\S/)
    }
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('gives each error its status, and an example that matches its schema', () => {
    const seen = new Set<string>()
    for (const { name, operation } of operations()) {
      for (const [status, { content }] of Object.entries(operation.responses as Json) as [string, Json][]) {
        const { schema, examples = {} } = content?.['application/json'] ?? {}
        for (const [code, { value }] of Object.entries(examples) as [keyof typeof errorCodes, Json][]) {
          seen.add(code)
          expect(errorCodes[code].status, `${name} ${code}`).toBe(Number(status))
          const validate = validatorOf(schema)
          expect(validate(value), `${name} ${code} ${JSON.stringify(validate.errors)}`).toBe(true)
        }
      }
    }
    // Consent's are told on pages.
    const expected = Object.keys(errorCodes).filter((code) => !code.startsWith('consent_'))
    expect([...seen].sort()).toEqual(expected.sort())
  })

  it('has examples of its schemas that match them', () => {
    const named = Object.entries(document.components.schemas as Json) as [string, Json][]
    const exemplary = named.filter(([, schema]) => schema.examples !== undefined)
    expect(exemplary.map(([name]) => name)).toContain('Envelope')
    for (const [name, schema] of exemplary) {
      for (const example of schema.examples)
        expect(validatorOf({ $ref: `#/components/schemas/${name}` })(example), name).toBe(true)
    }
  })

  it('is written without a server or a database, and says the same', async () => {
    const { code, stdout, stderr } = await run('openapi.ts', [], { PUBLIC_URL: bridge.url })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual(document)
  })
})

describe('real answers match it', () => {
  function expectAsDocumented(method: Method, path: string, { status, json, text }: Injected): void {
    const responses = document.paths[path]?.[method.toLowerCase()]?.responses
    expect(Object.keys(responses), `${method} ${path}`).toContain(String(status))
    const schema = responses[status].content?.['application/json'].schema
    if (schema === undefined) {
      expect(text).toBe('')
      return
    }
    const validate = validatorOf(schema)
    expect(validate(json), `${method} ${path} ${status} ${JSON.stringify(validate.errors)} ${text}`).toBe(true)
  }

  it('at the plugin’s routes, with the key in the address and in a header', async () => {
    const { key } = await bridge.connectedInbox({ name: 'Documented' })
    const [contact] = (await inject(app, `/inboxes/${key}/contacts/?limit=1`)).json.results
    const questions: [path: string, asked: string, status: number][] = [
      ['', '/', 200],
      ['/features', '/features', 200],
      ['/initialize', '/initialize', 200],
      ['/contacts', '/contacts/?limit=2', 200],
      ['/contacts', '/contacts/?search=nobody+at+all', 200],
      ['/contacts', '/contacts/?limit=none', 400],
      ['/contacts', '/contacts/?next_page_param=of-somebody-else', 400],
      ['/contacts/{id}', `/contacts/${contact.contact_id}`, 200],
      ['/contacts/{id}', '/contacts/hubspot-0', 404],
      ['/contacts/{id}', '/contacts/14155552671', 200],
    ]
    for (const [path, asked, status] of questions) {
      const keyed = await inject(app, `/inboxes/${key}${asked}`)
      expect(keyed.status, asked).toBe(status)
      expectAsDocumented('GET', `/inboxes/{key}${path}`, keyed)
      expectAsDocumented('GET', path || '/', await inject(app, asked, { headers: { 'x-inbox-key': key } }))
    }
    const { headers } = await inject(app, `/inboxes/${key}/contacts/`)
    const known = await inject(app, `/inboxes/${key}/contacts/`, { headers: { 'if-none-match': String(headers.etag) } })
    expect(known.status).toBe(304)
    const webhook = { method: 'POST', body: { entry: [] } } as const
    expectAsDocumented('POST', '/inboxes/{key}/webhook', await inject(app, `/inboxes/${key}/webhook`, webhook))
    expectAsDocumented('POST', '/inboxes/{key}/webhook', await inject(app, '/inboxes/wrong/webhook', webhook))
    expectAsDocumented('GET', '/inboxes/{key}/contacts', known)
  })

  it('at the plugin’s routes, when nothing is connected or the key is wrong', async () => {
    const { key } = await bridge.inbox({ name: 'Not connected' })
    for (const path of ['', '/features', '/initialize', '/contacts', '/contacts/{id}']) {
      const asked = path.replace('{id}', 'hubspot-1')
      expectAsDocumented('GET', `/inboxes/{key}${path}`, await inject(app, `/inboxes/${key}${asked}`))
      expectAsDocumented('GET', `/inboxes/{key}${path}`, await inject(app, `/inboxes/wrong${asked}`))
    }
  })

  it('at the operator’s API', async () => {
    const authorization = `Bearer ${adminToken}`
    const { inbox } = await bridge.connectedInbox({ name: 'Operated' })
    const calls: [Method, path: string, body?: object][] = [
      ['GET', '/inboxes'],
      ['POST', '/inboxes', { name: 'New' }],
      ['POST', '/inboxes', { name: '' }],
      ['GET', '/inboxes/{id}'],
      ['PATCH', '/inboxes/{id}', { region: 'DE' }],
      ['GET', '/inboxes/{id}/check'],
      ['GET', '/inboxes/{id}/contacts'],
      ['GET', '/inboxes/{id}/messages'],
      ['POST', '/inboxes/{id}/log-messages', { on: true }],
      ['POST', '/inboxes/{id}/log-messages', { on: 'maybe' }],
      ['POST', '/inboxes/{id}/messages/retry'],
      ['POST', '/inboxes/{id}/rotate-key'],
      ['POST', '/inboxes/{id}/disconnect'],
      ['GET', '/inboxes/{id}/contacts'],
      ['DELETE', '/inboxes/{id}'],
      ['GET', '/inboxes/{id}'],
      ['POST', '/keys/rotate'],
    ]
    for (const [method, path, body] of calls) {
      const url = `/admin/api${path.replace('{id}', inbox.id)}`
      expectAsDocumented(method, `/admin/api${path}`, await inject(app, url, { method, headers: { authorization }, body }))
    }
    expectAsDocumented('GET', '/admin/api/inboxes', await inject(app, '/admin/api/inboxes'))
  })

  it('at the health routes', async () => {
    for (const path of ['/healthz', '/readyz']) expectAsDocumented('GET', path, await inject(app, path))
  })
})

describe('the page of it', () => {
  it('shows every operation and every schema, in a browser that runs no scripts', async () => {
    const { status, headers, text } = await inject(app, '/docs')
    expect(status).toBe(200)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(text).not.toContain('<script')
    for (const { operation } of operations()) expect(text).toContain(`id="${operation.operationId}"`)
    for (const name of Object.keys(document.components.schemas)) expect(text).toContain(`<section id="${name}"`)
    const targets = [...text.matchAll(/href="#(\w+)"/g)].map(([, target]) => target)
    for (const target of new Set(targets)) expect(text).toContain(`id="${target}"`)
    for (const asset of [...text.matchAll(/(?:href)="(\/[^"#]+)"/g)].map(([, path = '']) => path))
      expect((await inject(app, asset)).status, asset).toBe(200)
  })
})
