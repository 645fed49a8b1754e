/** The command line's way to the operator's API: a running server where it owns the database, else this process over the database. */
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { openDatabase } from './database/database.ts'

export interface AdminApi extends AsyncDisposable {
  /** @throws {Error} with the API's own words */
  call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T>
}

type Send = (
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  headers: Record<string, string>,
  body?: string,
) => Promise<{ status: number; text: string }>

export async function connectAdminApi(config: Config): Promise<AdminApi> {
  try {
    const database = await openDatabase({ url: config.databaseUrl, folder: config.dataDir, connections: 1 })
    const app = await buildApp(config, database)
    const inject: Send = async (method, url, headers, payload) => {
      const { statusCode, body } = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
      return { status: statusCode, text: body }
    }
    return api(config, inject, async () => {
      await app.close()
      await database.close()
    })
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'FolderInUse') throw error
    return api(config, overHttp(config), async () => {})
  }
}

function api(config: Config, send: Send, close: () => Promise<void>): AdminApi {
  return {
    async call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) {
      const headers = {
        authorization: `Bearer ${config.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      }
      const { status, text } = await send(method, `/admin/api${path}`, headers, body && JSON.stringify(body))
      const answer = JSON.parse(text)
      if (status >= 400) throw new Error(answer.error.message)
      return answer as T
    },
    [Symbol.asyncDispose]: close,
  }
}

function overHttp({ host, port, dataDir }: Config): Send {
  const reached = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const base = `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
  return async (method, url, headers, body) => {
    try {
      const response = await fetch(base + url, { method, headers, ...(body === undefined ? {} : { body }) })
      return { status: response.status, text: await response.text() }
    } catch {
      throw new Error(
        `The database in ${dataDir} is in use, but no server answers at ${base}. Run this with the server’s HOST and PORT.`,
      )
    }
  }
}
