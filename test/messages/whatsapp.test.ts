/** WhatsApp's webhooks, told in words. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readWebhook } from '../../src/messages/whatsapp.ts'
import { hostileText, steady } from '../support/properties.ts'
import { cloudBody, flatBody } from '../support/whatsapp.ts'

const now = new Date('2026-03-01T12:00:00Z')
const sentAt = new Date(1_749_416_383_000)
const message = (content: object) => ({ from: '16505551234', id: 'wamid.A', timestamp: '1749416383', ...content })
const profile = { profile: { name: 'Ana Pérez' }, wa_id: '16505551234' }

describe('a webhook’s message', () => {
  it.each<[string, object, string]>([
    ['text', { type: 'text', text: { body: ' Hello\r\nthere\u0000 ' } }, 'Hello\nthere'],
    ['a photo', { type: 'image', image: { id: '1', mime_type: 'image/jpeg' } }, '[Photo]'],
    ['a photo with words', { type: 'image', image: { caption: 'Our roof' } }, '[Photo] Our roof'],
    ['a video', { type: 'video', video: { caption: 'Look' } }, '[Video] Look'],
    ['a voice message', { type: 'audio', audio: { voice: true } }, '[Voice message]'],
    ['sound', { type: 'audio', audio: { id: '1' } }, '[Audio]'],
    ['the on-premise API’s voice message', { type: 'voice', voice: { id: '1' } }, '[Voice message]'],
    ['a document', { type: 'document', document: { filename: 'offer.pdf', caption: 'Signed' } }, '[Document: offer.pdf] Signed'],
    ['a sticker', { type: 'sticker', sticker: { animated: true } }, '[Sticker]'],
    [
      'a location',
      { type: 'location', location: { latitude: 52.5, longitude: 13.4, name: 'Office', address: 'Main St 1' } },
      '[Location: Office, Main St 1 · 52.5, 13.4]',
    ],
    ['a bare location', { type: 'location', location: { latitude: 0, longitude: -13.4 } }, '[Location: 0, -13.4]'],
    [
      'contact cards',
      {
        type: 'contacts',
        contacts: [
          { name: { formatted_name: 'Bo Li' }, phones: [{ phone: '+1 650 555 0000' }], emails: [{ email: 'bo@example.com' }] },
          { name: { first_name: 'Cy', last_name: 'Ng' }, org: { company: 'Acme' } },
        ],
      },
      '[Contact card] Bo Li, +1 650 555 0000, bo@example.com\nCy Ng, Acme',
    ],
    ['a template’s button', { type: 'button', button: { text: 'Yes', payload: 'y' } }, '[Pressed a button] Yes'],
    [
      'a reply button',
      { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: '1', title: 'Later' } } },
      '[Chose an answer] Later',
    ],
    [
      'a list’s row',
      { type: 'interactive', interactive: { list_reply: { title: 'Blue', description: 'Navy' } } },
      '[Chose an answer] Blue: Navy',
    ],
    ['a form', { type: 'interactive', interactive: { nfm_reply: { body: 'Sent' } } }, '[Filled in a form] Sent'],
    ['a reaction', { type: 'reaction', reaction: { message_id: 'wamid.B', emoji: '👍' } }, '[Reacted with 👍]'],
    ['a reaction taken back', { type: 'reaction', reaction: { message_id: 'wamid.B' } }, '[Took a reaction back]'],
    [
      'an order',
      {
        type: 'order',
        order: { text: 'Please', product_items: [{ product_retailer_id: 'A1', quantity: 2, item_price: 9.5, currency: 'EUR' }] },
      },
      '[Order] Please\n2 × A1 at 9.5 EUR',
    ],
    ['WhatsApp’s own words', { type: 'system', system: { body: 'Changed number' } }, '[WhatsApp says] Changed number'],
    [
      'what isn’t handed over',
      { type: 'unsupported', errors: [{ code: 131051 }] },
      '[A message of a kind that WhatsApp doesn’t hand over]',
    ],
    ['a kind to come', { type: 'poll_vote', poll_vote: { text: 'Tea' } }, '[A message of another kind (poll vote)] Tea'],
    ['nothing at all', {}, '[A message of another kind]'],
    ['an empty text', { type: 'text', text: { body: '' } }, '[A message of another kind (text)]'],
  ])('that is %s is told as it is', (_what, content, text) => {
    const said = { id: 'wamid.A', from: '16505551234', name: 'Ana Pérez', sentAt, text }
    for (const body of [cloudBody([message(content)], [profile]), flatBody([message(content)], [profile])])
      expect(readWebhook(body, now)).toEqual([said])
  })

  it('of a user who shows no number has a name, and no number', () => {
    const { from: _, ...rest } = message({ type: 'text', text: { body: 'Hi' }, from_user_id: 'US.1' })
    const body = cloudBody([rest], [{ profile: { username: 'ana' }, user_id: 'US.1' }])
    expect(readWebhook(body, now)).toMatchObject([{ from: null, name: 'ana', text: 'Hi' }])
  })

  it.each([
    ['16505551234', '16505551234'],
    ['+16505551234', '16505551234'],
    [16_505_551_234, '16505551234'],
    ['1650555123412345678', null],
    ['120363-group', null],
    ['12345', null],
    [undefined, null],
  ])('from %j is from %j', (from, read) => {
    expect(readWebhook(cloudBody([{ ...message({}), from }]), now)[0]?.from).toBe(read)
  })

  it.each<[unknown, Date]>([
    ['1749416383', sentAt],
    [1_749_416_383, sentAt],
    ['soon', now],
    ['99999999999', now],
    ['12', now],
    [undefined, now],
  ])('of the time %j is of %j', (timestamp, time) => {
    expect(readWebhook(cloudBody([{ ...message({}), timestamp }]), now)[0]?.sentAt).toEqual(time)
  })

  it('that is too long is cut, and one without an id, or with an endless one, is none', () => {
    const [long] = readWebhook(cloudBody([message({ type: 'text', text: { body: '🙂'.repeat(9_000) } })]), now)
    expect(long?.text.length).toBeLessThanOrEqual(10_000)
    expect(long?.text.isWellFormed()).toBe(true)
    expect(readWebhook(cloudBody([message({ id: '' }), message({ id: 'x'.repeat(513) }), message({ id: 7 })]), now)).toEqual([])
  })
})

describe('a webhook', () => {
  it('has the messages of all entries and changes, each with the name of its sender', () => {
    const one = cloudBody(
      [message({ id: '1' }), message({ id: '2', from: '4915112345678' })],
      [profile, { profile: { name: 'Bo' }, wa_id: '4915112345678' }],
    )
    const other = cloudBody([message({ id: '3' })])
    const names = readWebhook({ ...one, entry: [...one.entry, ...other.entry] }, now).map(({ id, name }) => [id, name])
    expect(names).toEqual([
      ['1', 'Ana Pérez'],
      ['2', 'Bo'],
      ['3', ''],
    ])
  })

  it.each<[string, unknown]>([
    ['status changes', cloudBody([], [], { statuses: [{ id: 'wamid.A', status: 'read', recipient_id: '16505551234' }] })],
    ['the on-premise API’s', { statuses: [{ id: 'A', status: 'sent' }] }],
    ['another field', { entry: [{ changes: [{ field: 'history', value: { messages: [message({})] } }] }] }],
    ['nothing', {}],
    ['null', null],
    ['a list', [message({})]],
    ['text', 'messages'],
    ['lists that aren’t any', { entry: {}, messages: 'x', contacts: 3 }],
  ])('with %s has no message', (_what, body) => {
    expect(readWebhook(body, now)).toEqual([])
  })

  const anything = fc.anything({ maxDepth: 4, withNullPrototype: true })
  const types = ['text', 'image', 'audio', 'location', 'contacts', 'button', 'interactive', 'reaction', 'order', 'system', 'x']
  const likely = fc.record(
    {
      id: fc.oneof(hostileText(40), anything),
      from: fc.oneof(fc.constantFrom('16505551234', 1), anything),
      timestamp: fc.oneof(fc.integer(), fc.double(), hostileText(12)),
      type: fc.oneof(fc.constantFrom(...types, '__proto__', 'constructor', 'toString'), anything),
      ...Object.fromEntries(types.map((type) => [type, fc.oneof(anything, fc.record({ body: hostileText(60) }))])),
    },
    { requiredKeys: [] },
  )

  it('may be anything: reading it never fails, and gives only what can be kept', () => {
    const bodies = fc.oneof(
      anything,
      fc.array(likely).map((messages) => cloudBody(messages)),
      fc.array(likely).map((messages) => flatBody(messages, messages)),
    )
    fc.assert(
      fc.property(bodies, (body) => {
        for (const { id, from, name, sentAt, text } of readWebhook(body, now)) {
          expect(id).not.toBe('')
          expect(from === null || /^\d{6,15}$/.test(from)).toBe(true)
          expect(sentAt.getTime()).toBeGreaterThan(0)
          expect(text).not.toBe('')
          for (const kept of [id, name, text]) expect(kept.isWellFormed() && !kept.includes('\0')).toBe(true)
        }
      }),
      steady(500),
    )
  })
})
