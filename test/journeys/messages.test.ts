/** What customers write, from WhatsApp's webhook to the timelines of both CRMs. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { atSalesforce, Browser, consent, startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { post, webhookOf } from '../support/webhook.ts'

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startTestBridge({
    sandbox: { contacts: 20, rateLimits: false },
    salesforce: { contacts: 20 },
    environment: { ...unlimited, MESSAGES_TOGETHER_SECONDS: '0' },
  })
})
afterAll(() => bridge.stop())

/** An inbox that logs messages, connected with all that this needs. */
async function loggingInbox(login?: typeof atSalesforce) {
  const created = await bridge.inbox({ region: 'US' })
  await bridge.inboxes.logMessages(created.inbox.id, true)
  await consent(bridge.connectUrl(created.inbox.id), 'allow', new Browser(), login)
  return created
}

const features = async (pluginUrl: string) => (await fetch(`${pluginUrl}/features`)).json()
const soon = { timeout: 15_000, interval: 50 }
/** Everything is due now, claims are over. */
const hurry = () => bridge.bridge.database.prisma.$executeRaw`
  UPDATE "Conversation" SET "dueAt" = now() - interval '1 second', "leaseUntil" = NULL`

describe('a message to an inbox that logs', () => {
  it('is on the HubSpot timeline of its contact and the contact’s company, once however often it comes', async () => {
    const { pluginUrl } = await loggingInbox()
    expect(await features(pluginUrl)).toMatchObject({ is_message_reciever: true })
    const company = bridge.sandbox.addCompany({ name: 'Acme' })
    const contact = bridge.sandbox.addContact({ firstname: 'Ana', phone: '(415) 555-2671' }, [company.id])
    const body = webhookOf({ id: 'hs-1', from: '14155552671', text: 'Is <b> & it there?', at: 1_770_000_000 })

    for (let nth = 0; nth < 3; nth += 1) expect(await post(pluginUrl, body)).toBe(200)
    await vi.waitFor(() => expect(bridge.sandbox.timeline(contact.id)).toHaveLength(1), soon)
    expect(await post(pluginUrl, body)).toBe(200)
    await hurry()

    const [entry] = bridge.sandbox.timeline(contact.id)
    expect(entry).toMatchObject({
      at: '2026-02-02T02:40:00.000Z',
      channel: 'WHATS_APP',
      contacts: [contact.id],
      companies: [company.id],
    })
    expect(entry?.body).toMatch(
      /^WhatsApp message from Ana \(\+14155552671\)<br>2026-02-02, times in UTC<br>02:40 Is &lt;b&gt; &amp; it/,
    )
    expect(await post(pluginUrl, webhookOf({ id: 'hs-2', from: '14155552671', text: 'Hello?' }))).toBe(200)
    await vi.waitFor(() => expect(bridge.sandbox.timeline(contact.id)).toHaveLength(2), soon)
  })

  it('is a closed task in Salesforce, of each contact and lead with the number', async () => {
    const { pluginUrl } = await loggingInbox(atSalesforce)
    const org = bridge.salesforce?.production
    if (org === undefined) throw new Error('there is no Salesforce')
    const contact = org.addRecord('Contact', { LastName: 'Pérez', MobilePhone: '+49 1511 2345678' })
    const lead = org.addRecord('Lead', { LastName: 'Pérez', Company: 'Acme', Phone: '0049 1511 2345678' })
    const from = '4915112345678'
    expect(await post(pluginUrl, webhookOf({ id: 'sf-1', from, text: 'Hi', at: 1_770_000_000, name: 'Ana' }))).toBe(200)

    await vi.waitFor(() => expect([...org.tasks]).toHaveLength(2), soon)
    const tasks = [...org.tasks].map(({ fields }) => fields)
    expect(tasks.map(({ WhoId }) => WhoId).toSorted()).toEqual([contact.id, lead.id].toSorted())
    expect(tasks[0]).toMatchObject({
      Subject: 'WhatsApp message from Ana (+4915112345678)',
      Status: 'Done',
      Priority: 'Usual',
      IsClosed: true,
      ActivityDate: '2026-02-02',
      Description: expect.stringMatching(/^2026-02-02, times in UTC\n02:40 Hi\n\nLogged from WhatsApp, reference [0-9A-F]{12}$/),
    })
  })
})

describe('a CRM that is away', () => {
  it('gets everything when it is back, in order, and what it had taken already not again', async () => {
    const { pluginUrl } = await loggingInbox()
    const contact = bridge.sandbox.addContact({ firstname: 'Bo', phone: '+442071234567' })
    const from = '442071234567'
    // It takes the first one, and its answer is lost.
    const lost = { kind: 'half', match: { method: 'POST', path: 'communications$' }, times: 1 } as const
    const down = { kind: 'status', status: 503, match: { path: '/crm/' } } as const
    bridge.sandbox.faults.add(lost)
    await post(pluginUrl, webhookOf({ id: 'away-1', from, text: 'one', at: 1_770_000_000 }))
    await vi.waitFor(() => expect(bridge.sandbox.timeline(contact.id)).toHaveLength(1), soon)
    const fault = bridge.sandbox.faults.add(down)
    await post(pluginUrl, webhookOf({ id: 'away-2', from, text: 'two', at: 1_770_000_600 }))
    await hurry()
    bridge.sandbox.faults.remove(fault.id)
    await vi.waitFor(async () => {
      await hurry()
      expect(bridge.sandbox.timeline(contact.id).map(({ body }) => /\d\d:\d\d (\w+)/.exec(body)?.[1])).toEqual(['one', 'two'])
    }, soon)
  })
})

describe('a connection that the CRM has ended', () => {
  it('gets what came meanwhile when an administrator has connected the same account again', async () => {
    const { pluginUrl, inbox } = await loggingInbox()
    const contact = bridge.sandbox.addContact({ firstname: 'Cy', phone: '+442079460000' })
    const { prisma } = bridge.bridge.database
    await prisma.connection.update({ where: { inboxId: inbox.id }, data: { status: 'reconnect_required' } })
    expect(await post(pluginUrl, webhookOf({ id: 'ended-1', from: '442079460000', text: 'Hi' }))).toBe(200)
    const tried = async () =>
      expect(await prisma.conversation.findFirst({ where: { inboxId: inbox.id } })).toMatchObject({ attempts: 1 })
    await vi.waitFor(tried, soon)
    expect(bridge.sandbox.timeline(contact.id)).toEqual([])

    await consent(bridge.connectUrl(inbox.id))
    await hurry()
    await vi.waitFor(() => expect(bridge.sandbox.timeline(contact.id)).toHaveLength(1), soon)
  })

  it('and that is disconnected for good gets nothing, and nothing is kept for it', async () => {
    const { pluginUrl, inbox } = await loggingInbox()
    const contact = bridge.sandbox.addContact({ firstname: 'Di', phone: '+442079460001' })
    const { prisma } = bridge.bridge.database
    await prisma.connection.update({ where: { inboxId: inbox.id }, data: { status: 'reconnect_required' } })
    await post(pluginUrl, webhookOf({ id: 'gone-1', from: '442079460001', text: 'Hi' }))
    const authorization = `Bearer ${bridge.config.adminToken}`
    await fetch(`${bridge.url}/admin/api/inboxes/${inbox.id}/disconnect`, { method: 'POST', headers: { authorization } })
    await vi.waitFor(async () => {
      await hurry()
      const [message] = await prisma.message.findMany({ where: { inboxId: inbox.id } })
      expect(message).toMatchObject({ state: 'failed', reason: 'disconnected', sealedBody: null })
    }, soon)
    expect(bridge.sandbox.timeline(contact.id)).toEqual([])
  })
})
