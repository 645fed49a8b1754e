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
