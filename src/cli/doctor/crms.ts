/** The CRMs that are set up: whether their endpoints answer from here, and what has to be registered there. */
import type { Config } from '../../config.ts'
import type { Connector } from '../../connectors/connector.ts'
import { connectorModules } from '../../connectors/index.ts'
import { callbackUri } from '../../consent/callback-uri.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import { type Reached, reach } from './reach.ts'

export type CrmState = { readonly findings: readonly Finding[]; readonly clocks: readonly { name: string; ahead: number }[] }

/** Longer than this, every search is felt. Milliseconds. */
const slow = 2_000

export async function examineCrms({ connectors, publicUrl }: Pick<Config, 'connectors' | 'publicUrl'>): Promise<CrmState> {
  if (connectors.length === 0) {
    const settings = connectorModules.map(({ id }) => `${id.toUpperCase()}_CLIENT_ID and …_CLIENT_SECRET`).join(', or ')
    return {
      findings: [problem('CRMs', 'none is set up, so no inbox can be connected', `Set ${settings}; docs/ says how to get them.`)],
      clocks: [],
    }
  }
  const states = await Promise.all(connectors.map((connector) => examineCrm(connector, publicUrl)))
  return { findings: states.flatMap(({ findings }) => findings), clocks: states.flatMap(({ clocks }) => clocks) }
}

async function examineCrm(connector: Connector, publicUrl: string): Promise<CrmState> {
  const { label } = connector
  const answers = await Promise.all(endpoints(connector).map(async (one) => ({ ...one, answer: await reach(one.url) })))
  const findings = answers.map(({ name, url, answer }) => {
    const { origin } = new URL(url)
    if ('trouble' in answer)
      return problem(
        label,
        `${name}: ${origin} can’t be reached, ${answer.trouble}`,
        'The server needs a way out to it: look at DNS, firewall and proxy.',
      )
    return judged(label, `${name}: ${origin}`, answer)
  })
  const ahead = answers.flatMap(({ answer }) => ('clockAhead' in answer && answer.clockAhead !== null ? [answer.clockAhead] : []))
  return {
    findings: [...findings, ok(label, `redirect URI to register there, to the letter: ${callbackUri(publicUrl, connector.id)}`)],
    clocks: ahead.slice(0, 1).map((one) => ({ name: label, ahead: one })),
  }
}

/** Any answer proves that an endpoint is there: asked without credentials, it can only refuse. */
function endpoints({ oauth, apiUrl }: Connector): { name: string; url: string }[] {
  const { origin, pathname } = new URL(oauth.tokenUrl)
  const tokens = [origin, ...(oauth.logins?.hosts.map(({ url }) => new URL(url).origin) ?? [])]
  return [
    ...[...new Set(tokens)].map((host) => ({ name: 'token endpoint', url: host + pathname })),
    // Where the API's host is an account's own, the connections show whether it answers.
    ...(oauth.logins === null ? [{ name: 'API', url: `${apiUrl}/` }] : []),
  ]
}

function judged(label: string, what: string, { status, took, tls }: Reached): Finding {
  const how = `${took} ms${tls === null ? '' : `, ${tls}`}`
  if (status >= 500)
    return warning(label, `${what} answers ${status} (${how})`, `Look at the status page of ${label}, and try again.`)
  if (took > slow) return warning(label, `${what} takes long: ${how}`, 'Look at the network between the server and the CRM.')
  return ok(label, `${what} answers (${how})`)
}
