/**
 * Where the bridge lets itself be sent with an inbox's token. Whoever has a plugin URL may name an address, so none is taken that leads
 * into the operator's own network, neither as it is written nor by what its name resolves to when it is connected to.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { isLoopback } from '../connectors/crm-url.ts'
import { BridgeError } from '../errors.ts'

/** Characters. */
const longest = 2_000

/** Names that no public server has, and those of clouds' own services. @see https://www.iana.org/assignments/special-use-domain-names */
const internalName =
  /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|test|invalid|onion|alt)$/

/** Azure answers its machines about themselves at a public address. @see https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 */
const cloudOwn = ['168.63.129.16']

/**
 * The base URL of an inbox's API, with a slash at the end. It is https at a public address, on the port for it or an unprivileged one;
 * with `loopback`, a server on this machine as well, for a bridge that runs open there.
 * @throws {BridgeError} request_invalid
 */
export function readApiAddress(text: string, { loopback }: { loopback: boolean }): URL {
  const url = text.length > longest ? null : URL.parse(text.trim())
  if (url === null) throw refusal('isn’t a URL')
  if (url.username !== '' || url.password !== '') throw refusal('holds a user name or a password')
  if (url.search !== '' || url.hash !== '') throw refusal('holds a query or a fragment')
  const isHere = loopback && isLoopback(url.hostname)
  if (url.protocol !== 'https:' && !(isHere && url.protocol === 'http:')) throw refusal('isn’t https')
  if (!isHere && !isPublicHost(url.hostname)) throw refusal('isn’t at a public address')
  if (!isHere && url.port !== '' && Number(url.port) < 1024) throw refusal('is on a port of another service')
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** An address that the whole internet shares, none of a network's, a machine's or a cloud's own. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || cloudOwn.includes(address)) return false
  // Whatever stands for an IPv4 address in an IPv6 one has a range of its own, or lies outside of those that are given out.
  const parsed = ipaddr.parse(address)
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(globalUnicast))
}

/** @see https://www.iana.org/assignments/ipv6-address-space */
const globalUnicast = ipaddr.parseCIDR('2000::/3')

/** The parser of URLs has brought every way of writing an IPv4 address into the one of four numbers. */
function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(host) > 0) return isPublicAddress(host)
  return /^[^.]+(\.[^.]+)+$/.test(host) && !internalName.test(host)
}

type Found = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void
/** Resolves a name to all of its addresses. */
export type Resolve = (hostname: string, options: LookupOptions & { all: true }, found: Found) => void

/** A name's addresses for a connection, as `net.connect` asks: none where one of them isn't public, whatever it was a moment ago. */
export function publicLookup({ loopback }: { loopback: boolean }, resolve: Resolve = lookup) {
  return (
    hostname: string,
    options: LookupOptions,
    found: (error: Error | null, address: LookupAddress[] | string, family?: number) => void,
  ): void => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null || first === undefined) return found(error ?? new NotPublic(), [])
      const isHere = loopback && isLoopback(hostname)
      if (!isHere && !addresses.every(({ address }) => isPublicAddress(address))) return found(new NotPublic(), [])
      if (options.all) found(null, addresses)
      else found(null, first.address, first.family)
    })
  }
}

/** A name that leads into a private network, or nowhere. Nothing was sent there. */
class NotPublic extends Error {
  readonly code = 'ENOTPUBLIC'
  constructor() {
    super('The name doesn’t lead to a public address')
    this.name = 'NotPublic'
  }
}

function refusal(reason: string): BridgeError {
  return new BridgeError('request_invalid', `The api_url ${reason}. It should be an https URL at a public address.`)
}
