/** Requests to an app without a socket, and answers as far as tests look at them. */
import { expect } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Json } from './json.ts'

export interface Injected {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>
  readonly json: Json
  readonly text: string
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

export async function inject(
  app: App,
  url: string,
  { method = 'GET', headers = {}, body }: { method?: Method; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Injected> {
  const sent = body === undefined ? {} : { payload: JSON.stringify(body) }
  const answer = await app.inject({
    method,
    url,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...sent,
  })
  const isJson = String(answer.headers['content-type']).startsWith('application/json')
  return {
    status: answer.statusCode,
    headers: answer.headers,
    json: isJson && answer.body !== '' ? JSON.parse(answer.body) : null,
    text: answer.body,
  }
}

export const emptyEnvelope = { results: [], count: 0, next_page_param: '', contact_provider: {} }

/** The error of an answer, whatever its message says. */
export const anError = (code: string) => ({
  code,
  message: expect.stringMatching(/[.…]$/) as string,
  request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
})

export type Visited = Injected & { readonly location: string; readonly setCookies: readonly string[] }

/** A browser as far as consent needs one, at an app without a socket: keeps cookies, follows nothing by itself. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  /** Takes absolute URLs, too: it asks its app whatever their host. */
  async visit(url: string): Promise<Visited> {
    const { pathname, search } = new URL(url, 'http://localhost')
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await inject(this.#app, pathname + search, cookie === '' ? {} : { headers: { cookie } })
    const setCookies = [answer.headers['set-cookie'] ?? []].flat().map(String)
    for (const header of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      if (value === '' || /max-age=0/i.test(header)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return { ...answer, setCookies, location: String(answer.headers.location ?? '') }
  }
}

/** Presses a button of the sandbox's consent page; returns where it sends the browser. `changed` overrides what was asked for. */
export async function decide(
  authorizeUrl: string,
  decision: 'allow' | 'deny' = 'allow',
  changed: Record<string, string> = {},
): Promise<URL> {
  const { origin, pathname, searchParams } = new URL(authorizeUrl)
  const asked = { ...Object.fromEntries(searchParams), ...changed, decision }
  const answer = await fetch(origin + pathname, { method: 'POST', redirect: 'manual', body: new URLSearchParams(asked) })
  return new URL(answer.headers.get('location') ?? '')
}
