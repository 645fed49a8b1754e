/** What people read on a timeline. */
import { describe, expect, it } from 'vitest'
import { entryOf, firstTogether, type OpenMessage } from '../../src/messages/entry.ts'

const gathering = { quiet: 120_000, most: 300_000 }
const begin = Date.parse('2026-03-01T23:58:10Z')

/** Sent so many seconds after the first. */
function message(after: number, text = 'Hi', name = 'Ana', from = '14155552671'): OpenMessage {
  const sentAt = new Date(begin + after * 1000)
  return { id: String(after), hash: `hash ${after}`, sentAt, receivedAt: sentAt, body: { from, name, text } }
}
const sent = (...after: number[]) => after.map((one) => message(one))
const times = (messages: readonly OpenMessage[]) => messages.map(({ id }) => Number(id))

describe('messages that become one entry', () => {
  it.each<[string, number[], number[]]>([
    ['one', [0], [0]],
    ['those within two minutes of one another', [0, 0, 119, 239], [0, 0, 119, 239]],
    ['none after a longer silence', [0, 121], [0]],
    ['none later than five minutes after the first', [0, 100, 200, 300, 301], [0, 100, 200, 300]],
  ])('are %s', (_what, given, together) => {
    expect(times(firstTogether(sent(...given), gathering))).toEqual(together)
  })

  it('are each by itself where nothing is to wait', () => {
    expect(firstTogether(sent(0, 0, 0), { quiet: 0, most: 0 })).toHaveLength(1)
  })

  it('are fifty at most, and no longer than a CRM’s field, but always one', () => {
    expect(firstTogether(sent(...Array<number>(60).fill(0)), gathering)).toHaveLength(50)
    const long = Array.from({ length: 4 }, () => message(0, 'x'.repeat(5_000)))
    expect(firstTogether(long, gathering)).toHaveLength(2)
    expect(firstTogether([message(0, 'x'.repeat(50_000))], gathering)).toHaveLength(1)
  })
})

describe('an entry', () => {
  it('says who wrote what when, by the time of the first message', () => {
    const entry = entryOf([message(0, 'Hello'), message(60, 'Is it\nthere?'), message(120, '[Photo] Roof')], ['a', 'b'])
    expect(entry).toEqual({
      reference: expect.stringMatching(/^[0-9A-F]{12}$/),
      contactIds: ['a', 'b'],
      title: 'WhatsApp messages from Ana (+14155552671)',
      text: [
        '2026-03-01, times in UTC',
        '23:58 Hello',
        '23:59 Is it\nthere?',
        '2026-03-02, times in UTC',
        '00:00 [Photo] Roof',
        '',
        `Logged from WhatsApp, reference ${entry.reference}`,
      ].join('\n'),
      sentAt: new Date(begin),
    })
  })

  it('is named by the number alone where there is no name, and by the latest name there is', () => {
    expect(entryOf([message(0, 'Hi', '')], ['a']).title).toBe('WhatsApp message from +14155552671')
    const renamed = [message(0, 'Hi', 'Ana'), message(1, 'Hi', 'Ana P.'), message(2, 'Hi', '')]
    expect(entryOf(renamed, ['a']).title).toBe('WhatsApp messages from Ana P. (+14155552671)')
  })

  it('has a reference that is the same at every attempt, and no other entry’s', () => {
    const { reference } = entryOf(sent(0, 1), ['a'])
    expect(entryOf(sent(0, 1), ['b', 'c']).reference).toBe(reference)
    expect(entryOf(sent(0), ['a']).reference).not.toBe(reference)
    expect(entryOf(sent(0, 2), ['a']).reference).not.toBe(reference)
  })
})
