import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createConnectTickets } from '../../src/connections/connect-ticket.ts'
import { readKeys } from '../../src/keys.ts'
import { fakeKeys } from '../support/fake-crm.ts'

const tickets = createConnectTickets(fakeKeys, 'https://bridge.example.com/crm')
const prefix = 'https://bridge.example.com/crm/connect/'
const inboxId = '01900000-0000-7000-8000-000000000001'
const newTicket = () => tickets.url(inboxId).slice(prefix.length)

const minute = 60_000
const issued = new Date('2026-11-22T10:00:00Z')
const later = (milliseconds: number) => vi.setSystemTime(issued.getTime() + milliseconds)
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: issued })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a connect ticket', () => {
  it('is a link under the public URL, in characters that survive a chat window', () => {
    expect(tickets.url(inboxId)).toMatch(/^https:\/\/bridge\.example\.com\/crm\/connect\/[\w-]+$/)
  })

  it('names its inbox for an hour', () => {
    const ticket = newTicket()
    expect(tickets.read(ticket)).toBe(inboxId)
    later(59 * minute)
    expect(tickets.read(ticket)).toBe(inboxId)
    later(60 * minute)
    expect(tickets.read(ticket)).toBeNull()
    later(365 * 24 * 60 * minute)
    expect(tickets.read(ticket)).toBeNull()
  })

  it('is handed on as it is, with the end that it had, while there is time to use it', () => {
    const ticket = newTicket()
    expect(tickets.again(ticket, inboxId)).toBe(prefix + ticket)
    expect(tickets.again(ticket, inboxId.replace('1', '2'))).toBeNull()
    expect(tickets.again(`${ticket}A`, inboxId)).toBeNull()
    later(58 * minute)
    expect(tickets.again(ticket, inboxId)).toBe(prefix + ticket)
    later(59 * minute)
    expect(tickets.again(ticket, inboxId)).toBeNull()
    later(365 * 24 * 60 * minute)
    expect(tickets.again(ticket, inboxId)).toBeNull()
  })

  it('is nothing with any character altered', () => {
    const ticket = newTicket()
    for (let position = 0; position < ticket.length; position += 1) {
      const character = ticket[position] === 'A' ? 'B' : 'A'
      expect(tickets.read(ticket.slice(0, position) + character + ticket.slice(position + 1)), `at ${position}`).toBeNull()
    }
  })

  it('can’t be made of parts: neither a longer hour nor another inbox', () => {
    const bytes = Buffer.from(newTicket(), 'base64url')
    const [expiresAt = '', inbox = ''] = bytes.subarray(16).toString().split(' ')
    expect(inbox).toBe(inboxId)
    for (const payload of [
      `${Number(expiresAt) + 3600} ${inbox}`,
      `${expiresAt} ${inbox.replace('1', '2')}`,
      `9${expiresAt} ${inbox}`,
    ]) {
      const forged = Buffer.concat([bytes.subarray(0, 16), Buffer.from(payload)]).toString('base64url')
      expect(tickets.read(forged), payload).toBeNull()
    }
  })

  it.each([
    '',
    'x',
    '../admin',
    'undefined',
    fakeKeys.sign('page token', `9999999999 ${inboxId}`),
    fakeKeys.sign('connect ticket', 'never'),
    fakeKeys.sign('connect ticket', `soon ${inboxId}`),
    readKeys(`k1:${Buffer.alloc(32, 8).toString('base64')}`).sign('connect ticket', `9999999999 ${inboxId}`),
  ])('is not %j', (text) => {
    expect(tickets.read(text)).toBeNull()
  })
})
