/** The API's documentation: a page for people at /docs, and the OpenAPI document that it is made of. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import { lazily } from '../connectors/lazily.ts'
import type { DocumentedRoute } from './collect.ts'
import { type ApiDocument, describeApi } from './document.ts'
import * as markup from './markup.ts'
import { outline } from './outline.ts'

export type ApiDocsOptions = { readonly routes: readonly DocumentedRoute[]; readonly publicUrl: string }

/** For a scope that has `reply.view`. */
export const apiDocs: FastifyPluginAsync<ApiDocsOptions> = async (app, { routes, publicUrl }) => {
  const document = lazily((): Promise<ApiDocument> => describeApi(routes, publicUrl))
  const bytes = lazily(async () => Buffer.from(JSON.stringify(await document())))

  app.get('/docs', async (_request, reply) => {
    const data = { ...outline(await document()), ...markup }
    return reply.header('content-language', 'en').view('api-docs/pages/reference', data)
  })

  app.get('/docs/openapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(await bytes()))

  app.get('/assets/api-docs.css', async (_request, reply) =>
    reply
      .type('text/css; charset=utf-8')
      .header('cache-control', 'public, max-age=3600')
      .send(await readFile(join(import.meta.dirname, 'pages/reference.css'))),
  )
}
