/** Everything that the doctor looks at, in the order in which an operator would put it right. */
import { type AdminApi, connectAdminApi, reachAdminApi, serverUrl } from '../../admin-client.ts'
import { type Config, type Environment, settingNames, settingProblems } from '../../config.ts'
import { SettingError } from '../../connectors/connector.ts'
import { isLoopback } from '../../connectors/crm-url.ts'
import { settingsOf } from '../admin.ts'
import { examineAddresses } from './addresses.ts'
import { examineClocks } from './clocks.ts'
import { examineConnections } from './connections.ts'
import { examineCrms } from './crms.ts'
import { examineDatabase } from './database.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import { reach } from './reach.ts'

/** Changes nothing but what a start would: on the embedded database, missing secrets are made. @param say how far it is */
export async function examine(environment: Environment, say: (text: string) => void): Promise<Finding[]> {
  const wrong = settingProblems(environment)
  if (wrong.length > 0) return wrong.map(wrongSetting)
  try {
    return await examineWith(settingsOf(environment), environment, say)
  } catch (error) {
    if (error instanceof SettingError) return [wrongSetting(error)]
    throw error
  }
}

function wrongSetting({ message }: SettingError): Finding {
  return problem('settings', message, 'README.md says what it means. The rest is looked at once every setting is right.')
}

async function examineWith(config: Config, environment: Environment, say: (text: string) => void): Promise<Finding[]> {
  const set = settingNames.filter((name) => environment[name] || environment[`${name}_FILE`])
  say('Looking for the server')
  const server = (await isBridge(serverUrl(config))) ? serverUrl(config) : null
  say('Looking at the database and the CRMs')
  const [database, crms, publicly] = await Promise.all([
    examineDatabase(config, server),
    examineCrms(config),
    server === null || isLoopback(new URL(config.publicUrl).hostname) ? [] : examinePublicly(config.publicUrl),
  ])
  const clocks = [
    ...(database.report === null ? [] : [{ name: 'the database', ahead: database.report.clockAhead }]),
    ...crms.clocks,
  ]
  return [
    ok('settings', `${set.length} set, none wrong`),
    server === null
      ? warning('server', `none answers at ${serverUrl(config)}`, 'Start it: npm start. What follows was looked at without it.')
      : ok('server', `answers at ${server}`),
    ...examineAddresses(config),
    ...publicly,
    ...database.findings,
    ...examineClocks(clocks),
    ...crms.findings,
    ...(database.isReady ? await examineInboxes(config, server, say) : []),
  ]
}

async function examinePublicly(publicUrl: string): Promise<Finding[]> {
  if (await isBridge(publicUrl)) return [ok('PUBLIC_URL', 'leads to a bridge, as seen from this machine')]
  return [
    warning(
      'PUBLIC_URL',
      `${publicUrl}/ doesn’t lead to a bridge, as seen from this machine`,
      'Open it in a browser elsewhere. If it shows no {"name": …} there either, look at DNS and at the proxy’s rules.',
    ),
  ]
}

/** Whether the plugin protocol's index answers there. */
async function isBridge(url: string): Promise<boolean> {
  const answer = await reach(`${url}/`)
  return 'body' in answer && answer.status === 200 && /^\{"name":"[^"]+","type":"[^"]+"\}$/.test(answer.body)
}

/** Through the running server, which knows what it has under way; else in this process. */
async function examineInboxes(config: Config, server: string | null, say: (text: string) => void): Promise<Finding[]> {
  try {
    await using api: AdminApi = server === null ? await connectAdminApi(config) : reachAdminApi(config)
    return await examineConnections(api, say)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return [problem('inboxes', `can’t be looked at: ${error.message}`, 'Run this with the settings of the server.')]
  }
}
