/** Nobody gets the bridge to send a token into the operator's network, however the address is written or its name changes. */
import type { LookupAddress } from 'node:dns'
import { describe, expect, it } from 'vitest'
import { isPublicAddress, publicLookup, type Resolve, readApiAddress } from '../../src/sending/api-address.ts'

const read = (text: string, loopback = false) => readApiAddress(text, { loopback }).href

describe('an API’s address', () => {
  it.each([
    ['https://inbox.example.com', 'https://inbox.example.com/'],
    ['https://inbox.example.com/api/v1', 'https://inbox.example.com/api/v1/'],
    ['https://inbox.example.com/api/v1/', 'https://inbox.example.com/api/v1/'],
    [' https://Inbox.Example.com:443/x ', 'https://inbox.example.com/x/'],
    ['https://inbox.example.com:8443/', 'https://inbox.example.com:8443/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://localhost.example.com/', 'https://localhost.example.com/'],
  ])('%s is taken as %s', (text, href) => {
    expect(read(text)).toBe(href)
  })

  it.each([
    // not https
    'http://inbox.example.com/',
    'ftp://inbox.example.com/',
    'file:///etc/passwd',
    'gopher://inbox.example.com/',
    'javascript:alert(1)',
    'data:,x',
    'inbox.example.com',
    '//inbox.example.com/',
    '',
    'https://',
    `https://inbox.example.com/${'a'.repeat(2_000)}`,
    // user info, query, fragment
    'https://user@inbox.example.com/',
    'https://user:password@inbox.example.com/',
    'https://inbox.example.com@127.0.0.1/',
    'https://inbox.example.com/?next=1',
    'https://inbox.example.com/#x',
    // this machine
    'https://localhost/',
    'https://LOCALHOST/',
    'https://localhost./',
    'https://api.localhost/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.0.1.3:8443/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://①②⑦.⓪.⓪.①/',
    'https://127。0。0。1/',
    'https://%31%32%37.0.0.1/',
    'https://0.0.0.0/',
    'https://0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[0:0:0:0:0:0:0:1]/',
    // private networks
    'https://10.0.0.1/',
    'https://10.255.255.255/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://3232235777/',
    'https://0300.0250.1.1/',
    'https://100.64.0.1/',
    'https://100.127.255.254/',
    'https://[fc00::1]/',
    'https://[fd12:3456::1]/',
    'https://[fec0::1]/',
    // links, metadata services
    'https://169.254.169.254/',
    'https://169.254.1.1/',
    'https://2852039166/',
    'https://0xa9fea9fe/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://100.100.100.200/',
    'https://168.63.129.16/',
    'https://metadata.google.internal/',
    'https://metadata/',
    // IPv4 in IPv6
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::127.0.0.1]/',
    'https://[::ffff:0:127.0.0.1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[64:ff9b:1::a00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2002:a00:1::]/',
    'https://[2001:0:7f00:1::]/',
    // nobody's, or everybody's
    'https://192.0.2.1/',
    'https://198.51.100.1/',
    'https://203.0.113.1/',
    'https://198.18.0.1/',
    'https://192.0.0.1/',
    'https://224.0.0.1/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
    // names of an operator's own network
    'https://inbox/',
    'https://inbox.local/',
    'https://inbox.internal/',
    'https://db.corp/',
    'https://router.lan/',
    'https://nas.home.arpa./',
    // other services' ports
    'https://inbox.example.com:22/',
    'https://inbox.example.com:25/',
    'https://inbox.example.com:80/',
  ])('%s is refused', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })

  it.each(['http://127.0.0.1:9000', 'http://localhost:80/', 'https://[::1]:9000/'])(
    '%s is taken by an open bridge only',
    (text) => {
      expect(read(text, true)).toBe(new URL(text).href)
      expect(() => read(text)).toThrow(expect.objectContaining({ code: 'request_invalid' }))
    },
  )

  it.each(['http://10.0.0.1/', 'https://10.0.0.1/', 'http://inbox.example.com/', 'https://169.254.169.254/'])(
    '%s is refused by an open bridge, too',
    (text) => {
      expect(() => read(text, true)).toThrow(expect.objectContaining({ code: 'request_invalid' }))
    },
  )

  it('is said nothing about in a refusal', () => {
    expect(() => read('https://secret-user:secret@10.1.2.3/')).toThrow(/^(?!.*(secret|10\.1)).*$/)
  })
})

describe('the look-up at the time of connecting', () => {
  const answering =
    (...addresses: string[]): Resolve =>
    (_hostname, _options, found) =>
      found(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
  const lookUp = (hostname: string, resolve: Resolve, { all = true, loopback = false } = {}) =>
    new Promise<LookupAddress[] | string>((done, failed) => {
      publicLookup({ loopback }, resolve)(hostname, { all }, (error, address) => (error ? failed(error) : done(address)))
    })

  it('gives a public name’s addresses, one or all', async () => {
    const resolve = answering('93.184.215.14', '2606:4700::1111')
    expect(await lookUp('inbox.example.com', resolve)).toHaveLength(2)
    expect(await lookUp('inbox.example.com', resolve, { all: false })).toBe('93.184.215.14')
  })

  it.each([
    ['this machine', ['127.0.0.1']],
    ['a private network', ['10.0.0.8']],
    ['the metadata service', ['169.254.169.254']],
    ['this machine by IPv6', ['::1']],
    ['a mapped address', ['::ffff:10.0.0.8']],
    ['a private address among public ones', ['93.184.215.14', '192.168.0.1']],
    ['nowhere', []],
  ])('gives none for a name that leads to %s', async (_where, addresses) => {
    await expect(lookUp('inbox.example.com', answering(...addresses))).rejects.toMatchObject({ code: 'ENOTPUBLIC' })
    await expect(lookUp('inbox.example.com', answering(...addresses), { loopback: true })).rejects.toMatchObject({
      code: 'ENOTPUBLIC',
    })
  })

  it('leads an open bridge to this machine by its own name only', async () => {
    expect(await lookUp('localhost', answering('127.0.0.1'), { loopback: true })).toHaveLength(1)
    await expect(lookUp('localhost', answering('127.0.0.1'))).rejects.toMatchObject({ code: 'ENOTPUBLIC' })
  })

  it('passes on that a name isn’t known', async () => {
    const unknown: Resolve = (_hostname, _options, found) => found(Object.assign(new Error(), { code: 'ENOTFOUND' }), [])
    await expect(lookUp('nobody.example.com', unknown)).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })
})

it('an address of any one of these kinds isn’t public, nor is a name', () => {
  expect(['8.8.8.8', '2a00:1450::1'].every(isPublicAddress)).toBe(true)
  expect(['localhost', '', '1.2.3', '10.0.0.1', '::ffff:8.8.8.8'].some(isPublicAddress)).toBe(false)
})
