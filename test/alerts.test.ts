/** What a receiver is told when a connection breaks or works again, and what happens when it doesn't take it. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sendAlerts } from '../src/alerts.ts'
import { createTelemetry } from '../src/telemetry.ts'
import { fakeInbox, silent } from './support/fake-crm.ts'
import { type Answer, answerWith, type StandIn, startStandIn } from './support/stand-in.ts'

let receiver: StandIn | undefined
afterEach(() => receiver?.close())

const broken = {
  inboxId: 'inbox-1',
  crm: 'hubspot',
  change: 'broken',
  reason: 'HubSpot ended the grant (invalid_grant)',
} as const

async function start(answer: Answer, byId = async () => fakeInbox({ name: 'Support' })) {
  receiver = await startStandIn(answer)
  const telemetry = createTelemetry()
  const warn = vi.fn()
  const alerts = sendAlerts({
    url: `${receiver.url}/hook/secret`,
    telemetry,
    inboxes: { byId },
    log: { ...silent, warn },
    pauses: [1, 1],
  })
  const told = () => receiver?.requests.map(({ body }) => JSON.parse(body)) ?? []
  return { telemetry, alerts, told, warn }
}

describe('an alert', () => {
  it('says what happened to which inbox, when and why', async () => {
    const { telemetry, alerts, told } = await start(answerWith(200))
    telemetry.emit('connection', broken)
    telemetry.emit('connection', { ...broken, change: 'recovered', reason: null })
    await alerts.settled()
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    const common = { inbox: { id: 'inbox-1', name: 'Support' }, crm: 'hubspot', at }
    expect(told()).toEqual(
      expect.arrayContaining([
        { event: 'connection.broken', ...common, reason: broken.reason },
        { event: 'connection.recovered', ...common, reason: null },
      ]),
    )
    expect(receiver?.requests).toHaveLength(2)
    expect(receiver?.requests[0]).toMatchObject({
      method: 'POST',
      path: '/hook/secret',
      headers: { 'content-type': 'application/json' },
    })
  })

  it('comes without the inbox’s name when the database doesn’t tell it', async () => {
    const { telemetry, alerts, told } = await start(answerWith(204), () => Promise.reject(new Error('away')))
    telemetry.emit('connection', broken)
    await alerts.settled()
    expect(told()).toMatchObject([{ event: 'connection.broken', inbox: { id: 'inbox-1', name: '' } }])
  })

  it('is sent again when it wasn’t taken, until it is', async () => {
    const { telemetry, alerts, told, warn } = await start((response, nth) => answerWith(nth === 0 ? 500 : 200)(response))
    telemetry.emit('connection', broken)
    await alerts.settled()
    expect(told()).toHaveLength(2)
    expect(warn).not.toHaveBeenCalled()
  })

  it('doesn’t go where a redirect leads; that it isn’t delivered is logged, but not where to', async () => {
    const { telemetry, alerts, warn } = await start((response) =>
      response.writeHead(307, { location: `${receiver?.url}/elsewhere` }).end(),
    )
    telemetry.emit('connection', broken)
    await alerts.settled()
    expect(receiver?.requests.map(({ path }) => path)).toEqual(['/hook/secret', '/hook/secret', '/hook/secret'])
    expect(warn.mock.calls).toEqual([
      [{ inboxId: 'inbox-1', event: 'connection.broken', failure: 'no answer' }, 'alert not delivered'],
    ])
  })
})
