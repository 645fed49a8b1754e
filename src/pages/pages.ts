/** What all pages share: templates, layout, style, and the headers that keep a browser from being used against its user. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import view from '@fastify/view'
import { Eta } from 'eta'
import type { FastifyInstance } from 'fastify'
import { type Texts, textsFor } from '../texts/texts.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** What every template of the answer is given. @see https://github.com/fastify/point-of-view#setting-request-global-variables */
    locals: { readonly t: Texts }
  }
}

export type Allowed = {
  /** Origins, beside the server's own, to which forms may lead. */
  readonly formTargets?: readonly string[]
  /** Whether the pages have the script of `assets/`. */
  readonly scripts?: boolean
}

/**
 * Gives the routes registered on this scope `reply.view(template, data)`, and a content security policy that allows nothing else.
 * Templates are named by their path under src, without extension; in each, `it.base` is the path under which the server is reached,
 * and `it.t` are the texts in the reader's language.
 */
export async function servePages(
  scope: FastifyInstance,
  publicUrl: string,
  { formTargets = [], scripts = false }: Allowed,
): Promise<void> {
  const secure = publicUrl.startsWith('https:')
  await scope.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'style-src': ["'self'"],
        ...(scripts && { 'script-src': ["'self'"] }),
        'img-src': ["'self'"],
        // Browsers also hold the redirects that follow a form to this.
        'form-action': ["'self'", ...formTargets],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    hsts: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    // The address of the connect page is its ticket: no other site learns it.
    referrerPolicy: { policy: 'no-referrer' },
  })
  await scope.register(formbody, { bodyLimit: 10_000 })
  const root = join(import.meta.dirname, '..')
  await scope.register(view, {
    engine: { eta: new Eta({ views: root, cache: true }) },
    root,
    defaultContext: { base: new URL(publicUrl).pathname.replace(/\/$/, '') },
  })
  // Templates find the reader's texts as `it.t`.
  scope.addHook('onRequest', (request, reply, done) => {
    const texts = textsFor(request)
    reply.locals = { t: texts }
    reply.headers({ 'content-language': texts.language, vary: 'accept-language' })
    done()
  })
}

/** What the pages load: style sheets, icon, script. */
export async function serveAssets(scope: FastifyInstance): Promise<void> {
  for (const [file, type] of [
    ['style.css', 'text/css; charset=utf-8'],
    ['operator.css', 'text/css; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
    ['script.js', 'text/javascript; charset=utf-8'],
  ] as const) {
    const content = await readFile(join(import.meta.dirname, file))
    scope.get(`/assets/${file}`, (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=3600').send(content),
    )
  }
}
