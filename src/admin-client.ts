/** The command line's way to the operator's API: a running server where it owns the database, else this process over the database. */
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { flatHeaders } from './connectors/flat-headers.ts'
import { openDatabase } from './database/database.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface AdminApi extends AsyncDisposable {
  /** The answer's JSON. @throws {Error} with the API's own words */
  call<T>(method: Method, path: string, body?: object): Promise<T>
  /** The answer as it is. @throws {Error} with the API's own words */
  ask(method: Method, path: string, body?: object): Promise<Answer>
}

type Answer = { readonly body: string; readonly headers: Readonly<Record<string, string>> }
type Send = (method: Method, url: string, headers: Record<string, string>, body?: string) => Promise<Answer & { status: number }>

export async function connectAdminApi(config: Config): Promise<AdminApi> {
  try {
    const database = await openDatabase({ url: config.databaseUrl, folder: config.dataDir, connections: 1 })
    const app = await buildApp(config, database)
    const inject: Send = async (method, url, headers, payload) => {
      const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
      return { status: answer.statusCode, headers: flatHeaders(answer.headers), body: answer.body }
    }
    return api(config, inject, async () => {
      await app.close()
      await database.close()
    })
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'FolderInUse') throw error
    return reachAdminApi(config)
  }
}

/** The API of the server that runs by these settings, if one does. */
export function reachAdminApi(config: Config): AdminApi {
  return api(config, overHttp(config), async () => {})
}

/** Where a server that runs by these settings is reached from this machine. */
export function serverUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const reached = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

function api(config: Config, send: Send, close: () => Promise<void>): AdminApi {
  async function ask(method: Method, path: string, body?: object): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${config.adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const answer = await send(method, `/admin/api${path}`, headers, body && JSON.stringify(body))
    if (answer.status >= 400) throw new Error(JSON.parse(answer.body).error.message)
    return answer
  }
  return {
    ask,
    call: async <T>(...question: Parameters<typeof ask>) => JSON.parse((await ask(...question)).body) as T,
    [Symbol.asyncDispose]: close,
  }
}

function overHttp(config: Config): Send {
  const base = serverUrl(config)
  return async (method, url, headers, body) => {
    try {
      const response = await fetch(base + url, { method, headers, ...(body === undefined ? {} : { body }) })
      return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
    } catch {
      throw new Error(
        `The database in ${config.dataDir} is in use, but no server answers at ${base}. Run this with the server’s HOST and PORT.`,
      )
    }
  }
}
