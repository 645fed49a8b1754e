/** A webhook is HubSpot's own or nothing is done; then it names accounts whose contacts have changed. */
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { SentEvents } from '../../../src/connectors/connector.ts'
import { hubSpotEvents } from '../../../src/connectors/hubspot/events.ts'

const secret = 'the app’s client secret'
const now = 1_770_000_000_000
const minute = 60_000
const events = hubSpotEvents(secret)
const url = 'https://bridge.example.com/public/webhook/hubspot'
const body = '[{"portalId":62515,"subscriptionType":"contact.creation","objectId":1,"note":"é 👋"}]'

const signature = (text: string, key = secret) => createHmac('sha256', key).update(text).digest('base64')
function sent(changes: Partial<SentEvents> = {}, at: string = String(now), signed = `POST${url}${body}${at}`): SentEvents {
  const headers = { 'x-hubspot-signature-v3': signature(signed), 'x-hubspot-request-timestamp': at }
  return { method: 'POST', url, body, ...changes, headers: { ...headers, ...changes.headers } }
}

describe('a webhook', () => {
  it.each<[string, SentEvents, boolean]>([
    ['as HubSpot sends it', sent(), true],
    ['nearly five minutes old', sent({}, String(now - 5 * minute + 1)), true],
    ['more than five minutes old', sent({}, String(now - 5 * minute - 1)), false],
    ['from a clock that is ahead', sent({}, String(now + 4 * minute)), true],
    ['from the future', sent({}, String(now + 6 * minute)), false],
    ['recorded, with a new timestamp', sent({}, String(now), `POST${url}${body}${now - 60 * minute}`), false],
    ['without a timestamp', sent({ headers: { 'x-hubspot-request-timestamp': undefined } }), false],
    ['with a timestamp that is none', sent({}, 'now'), false],
    ['with an empty timestamp', sent({}, ''), false],
    ['with two timestamps', sent({ headers: { 'x-hubspot-request-timestamp': [String(now), String(now)] } }), false],
    ['without a signature', sent({ headers: { 'x-hubspot-signature-v3': undefined } }), false],
    ['with an empty signature', sent({ headers: { 'x-hubspot-signature-v3': '' } }), false],
    ['with a signature that is no base64', sent({ headers: { 'x-hubspot-signature-v3': '!' } }), false],
    ['with a part of the signature', sent({ headers: { 'x-hubspot-signature-v3': signature('x').slice(0, 20) } }), false],
    [
      'with the signature spelled otherwise',
      sent({ headers: { 'x-hubspot-signature-v3': `${signature(`POST${url}${body}${now}`)} ` } }),
      false,
    ],
    ['with another body', sent({ body: body.replace('62515', '62516') }), false],
    ['with a space more', sent({ body: `${body} ` }), false],
    ['without a body', sent({ body: '' }), false],
    ['by another method', sent({ method: 'PUT' }), false],
    ['to another address', sent({ url: url.replace('bridge', 'other') }), false],
    ['to another path', sent({ url: `${url}/` }), false],
    ['to the address without TLS', sent({ url: url.replace('https', 'http') }), false],
    [
      'signed by another app',
      sent({ headers: { 'x-hubspot-signature-v3': signature(`POST${url}${body}${now}`, 'other') } }),
      false,
    ],
    [
      'with the older signature alone',
      { method: 'POST', url, body, headers: { 'x-hubspot-signature': signature(`${secret}${body}`) } },
      false,
    ],
    ['to an address with a query', sent({ url: `${url}?a=1&b=2` }, String(now), `POST${url}?a=1&b=2${body}${now}`), true],
    [
      'to an address of which HubSpot decodes what it does',
      sent({ url: `${url}?a=%3A%2f%3F%40%21%24%27%28%29%2A%2C%3B` }, String(now), `POST${url}?a=:/?@!$'()*,;${body}${now}`),
      true,
    ],
    [
      'to an address of which HubSpot leaves the rest',
      sent({ url: `${url}?a=%26%3D%20%C3%A9` }, String(now), `POST${url}?a=%26%3D%20%C3%A9${body}${now}`),
      true,
    ],
  ])('%s: %#', (_what, webhook, isGenuine) => {
    expect(events.isGenuine(webhook, now)).toBe(isGenuine)
  })
})

const event = (subscriptionType: string, more: object = {}) => ({ portalId: 7, subscriptionType, objectId: 1, ...more })

describe('the accounts in a webhook', () => {
  it.each<[string, unknown, string[]]>([
    ['a new contact', [event('contact.creation')], ['7']],
    ['a renamed one', [event('contact.propertyChange', { propertyName: 'firstname', propertyValue: 'Ana' })], ['7']],
    ['a deleted one', [event('contact.deletion')], ['7']],
    ['one that is to be forgotten', [event('contact.privacyDeletion')], ['7']],
    ['merged and restored ones', [event('contact.merge'), event('contact.restore')], ['7']],
    ['a company, whose name has its own time', [event('company.propertyChange')], []],
    ['the newer events of contacts', [event('object.creation', { objectTypeId: '0-1' })], ['7']],
    ['those that don’t say of what', [event('object.creation')], ['7']],
    ['those of deals', [event('object.creation', { objectTypeId: '0-3' }), event('deal.creation')], []],
    ['several accounts', [event('contact.creation'), event('contact.creation', { portalId: 8 })], ['7', '8']],
    ['what is no event', [null, 1, 'x', {}, [], event('contact.creation', { portalId: '7; DROP' })], []],
    ['an account that is no number', [event('contact.creation', { portalId: 1.5 })], []],
    ['nothing', [], []],
  ])('%s', (_what, list, accounts) => {
    expect(events.accountsIn(JSON.stringify(list))).toEqual(accounts)
  })

  it.each(['{}', 'null', '', '[', '"x"'])('none are in %j', (text) => {
    expect(() => events.accountsIn(text)).toThrow()
  })
})
