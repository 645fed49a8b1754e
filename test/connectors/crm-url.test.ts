import { describe, expect, it } from 'vitest'
import { isCrmUrl, isLoopback } from '../../src/connectors/crm-url.ts'

describe('hosts that get secrets', () => {
  it.each([
    'https://crm.example',
    'https://api.crm.example',
    'https://api.crm.example:8443/path?x=1',
    'https://a.b.crm.example',
    'https://CRM.Example',
    'https://my.other.example',
    'http://localhost:4000',
    'http://127.0.0.1',
    'http://127.9.8.7:1',
    'http://[::1]:4000',
    'https://localhost',
  ])('include %s', (url) => {
    expect(isCrmUrl(url, 'crm.example', 'other.example')).toBe(true)
  })

  it.each([
    ['plain http', 'http://crm.example'],
    ['a name that ends alike', 'https://evilcrm.example'],
    ['a name that begins alike', 'https://crm.example.evil.example'],
    ['the domain as a user name', 'https://crm.example@evil.example'],
    ['the domain as a user name with a password', 'https://crm.example:443@evil.example'],
    ['a user name at the right host', 'https://user@crm.example'],
    ['the domain in the path', 'https://evil.example/crm.example'],
    ['the domain in the query', 'https://evil.example?crm.example'],
    ['the domain in the fragment', 'https://evil.example#.crm.example'],
    ['a backslash', 'https://evil.example\\.crm.example'],
    ['a lookalike letter', 'https://сrm.example'],
    ['an encoded slash', 'https://evil%2f.crm.example'],
    ['a trailing dot', 'https://crm.example.'],
    ['another scheme', 'ftp://crm.example'],
    ['script', 'javascript://crm.example/%0aalert(1)'],
    ['an address that isn’t loopback', 'http://192.168.0.1'],
    ['an address that only looks like loopback', 'http://127.0.0.1.evil.example'],
    ['a name that only looks like localhost', 'http://localhost.evil.example'],
    ['everywhere', 'http://0.0.0.0'],
    ['a user name on loopback', 'http://crm.example@127.0.0.1'],
    ['no URL', 'crm.example'],
    ['nothing', ''],
  ])('leave out %s: %s', (_what, url) => {
    expect(isCrmUrl(url, 'crm.example', 'other.example')).toBe(false)
  })

  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.255.0.1', true],
    ['::1', true],
    ['[::1]', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.example.com', false],
    ['localhost.example.com', false],
    ['10.0.0.1', false],
    ['', false],
  ])('%j is this machine: %s', (host, own) => {
    expect(isLoopback(host)).toBe(own)
  })
})
