/** Links of contacts: most are given on without parsing them, and are what parsing would give. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeContact } from '../src/contact.ts'
import { hostileText, steady } from './support/properties.ts'

const nobody = { contactId: 'fake-1', name: '', companies: [], phones: [], emails: [] }
const linkOf = (typed: string): string => makeContact({ ...nobody, urls: [[typed, 'website']] }).urls[0]?.url ?? ''

/** What a browser would make of a URL that says its scheme. */
function parsed(typed: string): string {
  const url = URL.parse(typed)
  return url && /^https?:$/.test(url.protocol) && url.hostname.includes('.') ? url.href : ''
}

/** Made of what hosts and paths are made of, and of what nearly is: what the short cut must tell apart. */
const scheme = fc.constantFrom('https://', 'http://', 'https:/', 'HTTPS://', 'https:///', 'ftp://')
const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9-]{1,12}$/),
  fc.constantFrom(
    'www',
    'app',
    'hubspot',
    'xn--bcher-kva',
    'xn--a',
    'xn--',
    'xn--0',
    'ab--cd',
    '-',
    '0x1',
    '1',
    'ß',
    'A',
    '',
    'a_b',
  ),
)
const host = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'))
const end = fc.oneof(
  fc.constant(''),
  fc.constant('/'),
  fc.stringMatching(/^\/[\w/-]{0,20}$/),
  fc.stringMatching(/^[/:?#@.%\\ \w-]{0,12}$/),
  fc.constantFrom(':443/', ':80/', '/..', '/./a', '/%2e%2e/', '/a b', '//', '/a?b#c', '\\a', '/\ta', '/\u00e9'),
)
const link = fc.tuple(scheme, host, end).map((parts) => parts.join(''))

describe('a link', () => {
  it('is what parsing makes of it, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.oneof(link, fc.webUrl(), fc.webUrl({ withFragments: true, withQueryParameters: true })), (typed) => {
        expect(linkOf(typed)).toBe(parsed(typed.trim()))
      }),
      steady(10_000),
    )
  })

  it.each([
    'https://app.hubspot.com/contacts/4711/record/0-1/151',
    'https://acme.my.salesforce.com/lightning/r/Contact/003000000000001AAA/view',
    'http://example.com/',
    'https://a-b.example.com/A_b/-/',
  ])('to a record, %s, is given on as it is', (typed) => {
    expect(linkOf(typed)).toBe(typed)
  })

  it('leads nowhere but to the web, whatever was typed', () => {
    fc.assert(
      fc.property(hostileText(60), link, (text, after) => {
        for (const typed of [text, text + after, after + text]) expect(linkOf(typed)).toMatch(/^$|^https?:\/\/[^/]*\./)
      }),
      steady(2_000),
    )
  })
})
