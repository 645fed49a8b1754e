/** An inbox's own API of a few lines, which knows what it sent. */
import type { ServerResponse } from 'node:http'
import { answerWith, type Received, type StandIn, startStandIn } from './stand-in.ts'

export interface FakeInboxApi extends StandIn {
  /** The bodies of the messages that it took, oldest first. */
  readonly sent: Record<string, unknown>[]
  /** Until when each customer may be sent a text; who isn't here never wrote. */
  readonly windows: Map<string, string | number | null>
  /** Answers in its place while set; true = it did. */
  instead: ((request: Received, response: ServerResponse) => boolean | Promise<boolean>) | null
}

export const inboxToken = 'token-of-the-inbox'

export async function startInboxApi(): Promise<FakeInboxApi> {
  const sent: FakeInboxApi['sent'] = []
  const windows: FakeInboxApi['windows'] = new Map()
  const standIn = await startStandIn(async (response, _nth, request) => {
    if (api.instead !== null && (await api.instead(request, response))) return
    if (request.headers.authorization !== `Token ${inboxToken}`) return answerWith(401, { detail: 'Invalid token.' })(response)
    const [, waId] = /^\/api\/v1\/chats\/(\d+)\/$/.exec(request.path) ?? []
    if (request.method === 'GET' && waId !== undefined) {
      const expires = windows.get(waId)
      return expires === undefined
        ? answerWith(404, { detail: 'Not found.' })(response)
        : answerWith(200, { contact: {}, messaging_window_expires_at: expires })(response)
    }
    if (request.method !== 'POST' || request.path !== '/api/v1/messages/') return answerWith(404, {})(response)
    sent.push(JSON.parse(request.body))
    return answerWith(201, { id: `wamid.${sent.length}` })(response)
  })
  const api: FakeInboxApi = Object.assign(standIn, { sent, windows, instead: null })
  return api
}
