/** What the doctor says about addresses, proxies and keys, from the settings alone. */
import { describe, expect, it } from 'vitest'
import { examineAddresses } from '../../src/cli/doctor/addresses.ts'
import { examineClocks } from '../../src/cli/doctor/clocks.ts'

type Settings = Parameters<typeof examineAddresses>[0]
const verdicts = (settings: Partial<Settings>) =>
  examineAddresses({
    host: '127.0.0.1',
    publicUrl: 'https://bridge.example.com',
    trustProxy: ['127.0.0.1'],
    open: false,
    ...settings,
  }).map(({ topic, verdict }) => `${verdict} ${topic}`)

describe('addresses', () => {
  it.each<[string, Partial<Settings>, string[]]>([
    ['https behind a proxy that is trusted', {}, ['ok PUBLIC_URL', 'ok TRUST_PROXY']],
    ['a proxy that isn’t', { trustProxy: undefined }, ['ok PUBLIC_URL', 'warning TRUST_PROXY']],
    [
      '… and can be gone around',
      { trustProxy: undefined, host: '0.0.0.0' },
      ['ok PUBLIC_URL', 'warning TRUST_PROXY', 'warning HOST'],
    ],
    ['http over a network', { publicUrl: 'http://bridge.example.com' }, ['problem PUBLIC_URL']],
    ['this machine', { publicUrl: 'http://localhost:3000' }, ['warning PUBLIC_URL']],
    ['this machine by a name that CRMs refuse', { publicUrl: 'http://127.0.0.1:3000' }, ['warning PUBLIC_URL']],
    ['open', { publicUrl: 'http://localhost:3000', open: true }, ['warning PUBLIC_URL', 'warning PLUGIN_AUTH']],
  ])('%s', (_name, settings, expected) => {
    expect(verdicts(settings)).toEqual(expected)
  })
})

describe('clocks', () => {
  it.each([
    [[], []],
    [[100, -900], ['ok']],
    [[100, 6_000], ['warning']],
    [
      [-6_000, 90_000],
      ['warning', 'problem'],
    ],
  ])('%j', (ahead, expected) => {
    const clocks = ahead.map((one, nth) => ({ name: `clock ${nth}`, ahead: one }))
    expect(examineClocks(clocks).map(({ verdict }) => verdict)).toEqual(expected)
  })
})
