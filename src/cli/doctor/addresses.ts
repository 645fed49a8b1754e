/** How the bridge is reached, as far as its settings tell: addresses, proxies, keys. */
import type { Config } from '../../config.ts'
import { isLoopback } from '../../connectors/crm-url.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

export function examineAddresses(config: Pick<Config, 'host' | 'publicUrl' | 'trustProxy' | 'open'>): Finding[] {
  return [publicAddress(config.publicUrl), ...proxies(config), ...openness(config.open)]
}

function publicAddress(publicUrl: string): Finding {
  const { protocol, hostname } = new URL(publicUrl)
  if (isLoopback(hostname)) {
    return hostname === 'localhost'
      ? warning(
          'PUBLIC_URL',
          `${publicUrl} is this machine only: neither get.chat nor another browser reaches it`,
          'Right for trying things out. Else set PUBLIC_URL to the https URL by which the server is reached.',
        )
      : warning(
          'PUBLIC_URL',
          `${publicUrl} is this machine only, and CRMs take http redirect URIs for “localhost” only`,
          'Set PUBLIC_URL to http://localhost:… for trying things out, else to the https URL by which the server is reached.',
        )
  }
  if (protocol === 'http:')
    return problem(
      'PUBLIC_URL',
      `${publicUrl} is not https: keys and contacts cross the network in the clear, and CRMs refuse its redirect URI`,
      'Put a proxy that speaks https before the server, and set PUBLIC_URL to its https URL.',
    )
  return ok('PUBLIC_URL', publicUrl)
}

function proxies({ host, publicUrl, trustProxy }: Pick<Config, 'host' | 'publicUrl' | 'trustProxy'>): Finding[] {
  if (!publicUrl.startsWith('https:')) return []
  if (trustProxy === undefined)
    return [
      warning(
        'TRUST_PROXY',
        'PUBLIC_URL is https, so a proxy stands before the server, but none is trusted: all callers seem to have its address, and share one count of wrong keys',
        `Set TRUST_PROXY to the proxy’s address${isLoopback(host) ? ', such as 127.0.0.1' : ' or network, such as 10.0.0.0/8'}.`,
      ),
      ...(isLoopback(host)
        ? []
        : [
            warning(
              'HOST',
              `The server listens on ${host}: whoever reaches it there goes past the proxy, without TLS`,
              'Let only the proxy reach that port, or set HOST to 127.0.0.1 if the proxy runs on this machine.',
            ),
          ]),
    ]
  return [ok('TRUST_PROXY', `forwarded headers count from ${trustProxy.join(', ')}`)]
}

function openness(open: boolean): Finding[] {
  if (!open) return []
  return [
    warning(
      'PLUGIN_AUTH',
      'open: whoever is on this machine reads the first inbox’s contacts without a key',
      'Right for the demo only. Leave PLUGIN_AUTH out.',
    ),
  ]
}
