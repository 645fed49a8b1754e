/** Reads the query string of `/contacts/`, liberally: how the inbox's server names the page token is not documented. */
import type { ListQuestion } from '../directory/directory.ts'
import { BridgeError } from '../errors.ts'

const largestPage = 100

const tokenNames = new Set(['next_page_param', 'next_page', 'page', 'pages', 'cursor', 'after', 'offset'])
/** No token, and how callers that count pages or contacts ask for the first page. */
const firstPages = new Set(['', '0', '1'])
const longestSearch = 500

/** @throws {BridgeError} request_invalid */
export function readListQuestion(query: Readonly<Record<string, unknown>>): ListQuestion {
  const search = single(query, 'search')
  if (search.length > longestSearch)
    throw new BridgeError('request_invalid', `search is longer than ${longestSearch} characters.`)
  return { search, limit: readLimit(single(query, 'limit')), token: readToken(query) }
}

function readLimit(text: string): number {
  if (text === '') return largestPage
  if (!/^\d+$/.test(text) || Number(text) === 0)
    throw new BridgeError('request_invalid', 'limit is not a whole number above zero.')
  return Math.min(Number(text), largestPage)
}

/** The token by any of its names, or pasted as the query string itself: a name without a value. */
function readToken(query: Readonly<Record<string, unknown>>): string {
  const tokens = new Set<string>()
  for (const name of Object.keys(query)) {
    if (tokenNames.has(name)) tokens.add(single(query, name))
    else if (query[name] === '' && /^[\w-]{30,}$/.test(name)) tokens.add(name)
  }
  for (const first of firstPages) tokens.delete(first)
  if (tokens.size > 1) throw new BridgeError('request_invalid', 'There is more than one page token.')
  const [token = ''] = tokens
  return token
}

function single(query: Readonly<Record<string, unknown>>, name: string): string {
  const value = Object.hasOwn(query, name) ? query[name] : ''
  if (typeof value !== 'string') throw new BridgeError('request_invalid', `${name} is given more than once.`)
  return value
}
