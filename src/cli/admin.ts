/** The operator's API for one command, by the settings of this folder and environment. */
import type { AdminApi } from '../admin-client.ts'
import { type Config, type Environment, processEnvironment, readConfig } from '../config.ts'

/** Opens the API for as long as `work` takes. @throws {Error} with the API's own words */
export async function withAdminApi<T>(work: (api: AdminApi) => Promise<T>): Promise<T> {
  // The whole server is behind it: help and wrong commands don't wait for that.
  const { connectAdminApi } = await import('../admin-client.ts')
  await using api = await connectAdminApi(settingsOf(processEnvironment()))
  // Awaited here: the API is closed as soon as this function returns.
  return await work(api)
}

/** The settings, for a command that logs nothing. Secrets that come into being with it are shown by it. @throws {SettingError} */
export function settingsOf(environment: Environment): Config {
  const config = readConfig({ ...environment, LOG_LEVEL: 'silent' })
  if (config.adminTokenIsNew) console.error(`Admin token, shown this once and kept in ${config.dataDir}: ${config.adminToken}`)
  return config
}

/** The API's path of an inbox, by its id or name. */
export const inboxPath = (idOrName: string): string => `/inboxes/${encodeURIComponent(idOrName)}`
