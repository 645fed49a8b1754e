/** What is told of a message that somebody else is at, by the same key. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Delivery, DeliveryStore } from '../../src/sending/delivery-store.ts'
import type { Message } from '../../src/sending/message.ts'
import { createSending, type Sending } from '../../src/sending/sending.ts'
import { fakeInbox, fakeKeys, silent } from '../support/fake-crm.ts'

const message: Message = { waId: '14155552671', text: '', template: { name: 'hello', language: 'en', parameters: [] } }
const inbox = fakeInbox({ sealedApi: Buffer.from('sealed') })
const [name] = fakeKeys.tags('delivery', `${inbox.id} ${JSON.stringify(message)}`)
const delivery = (state: Delivery['state'], isUnderWay = false): Delivery => ({
  message: name,
  state,
  messageId: null,
  isUnderWay,
})

/** What the database says to one owner after the other: whether the message is theirs, and else how it stands. */
let answers: readonly (Delivery | null | 'taken')[]
let send: ReturnType<typeof vi.fn<() => Promise<string>>>
let sending: Sending
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  send = vi.fn(async () => 'wamid.1')
  let asked = -1
  const next = () => answers[Math.min(asked, answers.length - 1)]
  sending = createSending({
    api: { send, windowExpires: async () => new Date(Date.now() + 60_000), close: async () => {} },
    deliveries: {
      async take() {
        asked += 1
        return next() === 'taken'
      },
      find: async () => next() as Delivery | null,
      begin: async () => true,
      end: async () => {},
    } as Partial<DeliveryStore> as DeliveryStore,
    keys: fakeKeys,
    vault: { seal: () => Buffer.alloc(0), open: () => ({ url: 'https://inbox.example', token: 'token' }) } as never,
    log: silent,
  })
})
afterEach(() => {
  vi.useRealTimers()
})

/** @param waited how long it has been asked for when the second answer comes. Milliseconds */
const ask = (waited = 0) => {
  const asked = sending.send(inbox, message, 'key').then(
    (sent) => sent,
    (error) => error,
  )
  vi.setSystemTime(Date.now() + waited)
  return asked
}

describe('a message', () => {
  it('that another attempt has sent meanwhile was sent', async () => {
    answers = [delivery('taken', true), delivery('sending', true), delivery('sent')]
    expect(await ask()).toEqual({ messageId: null, wasSent: true })
    expect(send).not.toHaveBeenCalled()
  })

  it('is sent when others’ attempts have failed, however often this one was overtaken', async () => {
    answers = [delivery('failed'), delivery('taken', true), delivery('failed'), delivery('taken', true), 'taken']
    expect(await ask()).toEqual({ messageId: 'wamid.1', wasSent: false })
    expect(send).toHaveBeenCalledTimes(1)
  })

  it.each<[what: string, code: string, answers: readonly Delivery[]]>([
    ['is still being prepared wasn’t sent, and may be tried again', 'bridge_unavailable', [delivery('taken', true)]],
    ['is still being sent is unclear', 'message_unclear', [delivery('sending', true)]],
    ['may have been sent is unclear', 'message_unclear', [delivery('sending')]],
    ['nobody has and that isn’t to be had is one too many', 'sending_limited', [delivery('failed')]],
  ])('that %s', async (_what, code, said) => {
    answers = said
    expect(await ask(13_000)).toMatchObject({ code })
    expect(send).not.toHaveBeenCalled()
  })

  it('that nobody knows of and that isn’t to be had is one too many', async () => {
    answers = [null]
    expect(await ask()).toMatchObject({ code: 'sending_limited', retryAfter: 60 })
  })

  it('is refused by a key that was used for another one', async () => {
    answers = [{ ...delivery('sent'), message: 'another' }]
    expect(await ask()).toMatchObject({ code: 'idempotency_mismatch' })
  })
})
