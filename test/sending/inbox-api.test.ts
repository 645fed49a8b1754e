/** How an inbox's API is called: once, in its time, without redirects; and what is known when that fails. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createInboxApi } from '../../src/sending/inbox-api.ts'
import type { Message } from '../../src/sending/message.ts'
import { errorOf } from '../support/promises.ts'
import { type Answer, addressOfNobody, answerWith, type StandIn, startStandIn } from '../support/stand-in.ts'

let standIn: StandIn
let elsewhere: StandIn
let answer: Answer
const api = createInboxApi({ loopback: true, patience: 300 })
beforeAll(async () => {
  standIn = await startStandIn((...asked) => answer(...asked))
  elsewhere = await startStandIn(answerWith(200, {}))
})
afterEach(() => {
  answer = answerWith(200, {})
})
afterAll(async () => {
  await api.close()
  await Promise.all([standIn.close(), elsewhere.close()])
})

const message: Message = { waId: '14155552671', text: 'Hi', template: null }
const access = (path = '/') => ({ url: standIn.url + path, token: 'token' })
const last = () => standIn.requests.at(-1)

describe('a call', () => {
  it.each([
    ['/', '/api/v1/messages/'],
    ['/api/v1/', '/api/v1/messages/'],
    ['/api/v2/', '/api/v2/messages/'],
    ['/inbox/', '/inbox/api/v1/messages/'],
    ['/inbox/api/v1/', '/inbox/api/v1/messages/'],
  ])('beneath %s goes to %s with the token', async (base, path) => {
    answer = answerWith(201, { id: 7 })
    expect(await api.send(access(base), message)).toBe('7')
    expect(last()).toMatchObject({ method: 'POST', path, headers: { authorization: 'Token token' } })
  })

  it.each([
    [{ id: 'wamid.1' }, 'wamid.1'],
    [{ messages: [{ id: 'wamid.2' }] }, 'wamid.2'],
    [{ id: 'a b' }, null],
    [{ id: 'a'.repeat(201) }, null],
    [{ id: { $ne: 1 } }, null],
    [[], null],
  ])('answered %j names the message %s', async (body, id) => {
    answer = answerWith(200, body)
    expect(await api.send(access(), message)).toBe(id)
  })

  it.each([301, 302, 303, 307, 308])('follows no %i', async (status) => {
    answer = answerWith(status, '', { location: elsewhere.url })
    expect(await errorOf(api.send(access(), message))).toMatchObject({ code: 'inbox_api_refused' })
    expect(await errorOf(api.windowExpires(access(), message.waId))).toMatchObject({ code: 'inbox_api_refused' })
    expect(elsewhere.requests).toEqual([])
  })

  it('that takes too long may have sent a message, and is made once', async () => {
    answer = () => {}
    const before = standIn.requests.length
    expect(await errorOf(api.send(access(), message))).toMatchObject({ code: 'message_unclear' })
    expect(await errorOf(api.windowExpires(access(), message.waId))).toMatchObject({ code: 'inbox_api_unavailable' })
    expect(standIn.requests.length).toBe(before + 2)
  })

  it('to a server that is down has sent nothing', async () => {
    const down = { url: `${await addressOfNobody()}/`, token: 'token' }
    expect(await errorOf(api.send(down, message))).toMatchObject({ code: 'inbox_api_unavailable' })
  })

  it('says when it may be made again, where the API does', async () => {
    answer = answerWith(429, {}, { 'retry-after': '9' })
    expect(await errorOf(api.send(access(), message))).toMatchObject({ code: 'inbox_api_unavailable', retryAfter: 9 })
  })

  it('isn’t made to an address that was fine when it was given, and isn’t now', async () => {
    const strict = createInboxApi({ loopback: false })
    const before = standIn.requests.length
    await expect(strict.send(access(), message)).rejects.toMatchObject({ code: 'request_invalid' })
    expect(standIn.requests.length).toBe(before)
    await strict.close()
  })
})

describe('the window', () => {
  it.each([
    ['2026-02-02T02:40:00Z', '2026-02-02T02:40:00.000Z'],
    [1_770_000_000, '2026-02-02T02:40:00.000Z'],
    ['1770000000.5', '2026-02-02T02:40:00.500Z'],
  ])('told as %j ends at %s', async (told, time) => {
    answer = answerWith(200, { messaging_window_expires_at: told })
    expect((await api.windowExpires(access(), message.waId))?.toISOString()).toBe(time)
    expect(last()?.path).toBe('/api/v1/chats/14155552671/')
  })

  it('of a chat that isn’t there is none', async () => {
    answer = answerWith(404, {})
    expect(await api.windowExpires(access(), message.waId)).toBeNull()
  })
})
