/** The operator's pages in a real browser. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, startTestBridge, type TestBridge } from '../support/bridge.ts'
import { getJson } from '../support/json.ts'
import { startChromium } from './chromium.ts'

let bridge: TestBridge
let browser: Browser
beforeAll(async () => {
  ;[bridge, browser] = await Promise.all([startTestBridge(), startChromium()])
})
afterAll(async () => {
  await browser.close()
  await bridge.stop()
})

async function signIn(): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 800 } })).newPage()
  await page.goto(`${bridge.url}/admin`)
  await page.getByLabel('Admin token').fill(adminToken)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Inboxes' }).waitFor()
  return page
}

describe('the operator', () => {
  it('isn’t let in without the token', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${bridge.url}/admin`)
    await page.getByLabel('Admin token').fill('a guess')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').innerText()).toBe('That isn’t the admin token of this server.')
    await page.goto(`${bridge.url}/admin`)
    expect(await page.getByLabel('Admin token').isVisible()).toBe(true)
  })

  it('creates an inbox, whose plugin URL works and is shown once', async () => {
    const page = await signIn()
    await page.getByLabel('Name').fill('Sales & <i>Service</i>')
    await page.getByLabel('CRM').selectOption('hubspot')
    await page.getByLabel('Country of its phone numbers').fill('de')
    await page.getByRole('button', { name: 'Create inbox' }).click()
    const pluginUrl = await page.getByRole('status').locator('code').innerText()
    expect(await getJson(pluginUrl)).toEqual({ name: 'HubSpot', type: 'hubspot' })
    expect(await page.getByRole('link', { name: 'Sales & <i>Service</i>' }).isVisible()).toBe(true)

    await page.goto(`${bridge.url}/admin`)
    expect(await page.getByText(pluginUrl).count()).toBe(0)
  })

  it('is told what is wrong with an inbox', async () => {
    const page = await signIn()
    await page.getByLabel('Name').fill('Nowhere')
    await page.getByLabel('Country of its phone numbers').fill('ZZ')
    await page.getByRole('button', { name: 'Create inbox' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('ISO 3166')
  })

  it('sees how a connection is doing, tries it, renames the inbox, ends the connection, and removes the inbox', async () => {
    const { pluginUrl } = await bridge.connectedInbox({ name: 'Leaving' })
    const page = await signIn()
    const row = page.getByRole('row').filter({ hasText: 'Leaving' })
    expect(await row.getByText('works').isVisible()).toBe(true)
    expect(await row.getByText(bridge.sandbox.account.hubDomain).isVisible()).toBe(true)
    await row.getByRole('link', { name: 'Leaving' }).click()

    const person = [...bridge.sandbox.contacts].find(({ properties }) => properties.email)
    const email = person?.properties.email ?? ''
    await page.getByLabel('Search').fill(email)
    await page.getByRole('button', { name: 'Search' }).click()
    expect(await page.getByRole('status').getByText(email).first().isVisible()).toBe(true)
    expect(await page.getByText(/\d+ ms, (one call|\d calls) to the CRM/).isVisible()).toBe(true)
    await page.getByText('The answer as the inbox has it').click()
    expect(await page.locator('pre').innerText()).toContain('"contact_provider": {}')

    await page.getByRole('textbox', { name: 'Name' }).fill('Leaving soon')
    await page.getByLabel('Country of its phone numbers').fill('at')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Leaving soon')
    expect(await page.getByText('read as in AT').isVisible()).toBe(true)

    await page.getByText('New plugin URL…').click()
    await page.getByRole('button', { name: /End the old plugin URL/ }).click()
    const renewed = await page.getByRole('status').locator('code').innerText()
    expect((await fetch(pluginUrl)).status).toBe(401)
    expect(await getJson(`${renewed}/initialize`)).toEqual({ status: 'initialized' })

    await page.getByText('Disconnect…').click()
    await page.getByRole('button', { name: 'Disconnect' }).click()
    expect(await page.getByRole('status').innerText()).toBe('“Leaving soon” is no longer connected.')
    expect(await page.getByText('not connected', { exact: true }).isVisible()).toBe(true)
    expect(await getJson(`${renewed}/initialize`)).toMatchObject({ status: 'authorization_needed' })

    await page.getByText('Remove inbox…').click()
    await page.getByRole('button', { name: /Remove inbox/ }).click()
    expect(await page.getByRole('status').innerText()).toBe('“Leaving soon” is removed.')
    expect((await fetch(renewed)).status).toBe(401)
  })

  it('sends an administrator the link by which they reconnect', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox({ name: 'Ended' })
    await bridge.bridge.database.prisma.connection.update({
      where: { inboxId: inbox.id },
      data: { status: 'reconnect_required', statusReason: 'HubSpot ended the grant (invalid_grant)' },
    })
    const page = await signIn()
    await page.getByRole('row').filter({ hasText: 'Ended' }).getByText('reconnect needed').waitFor()
    await page.getByRole('link', { name: 'Ended' }).click()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const link = (await page.evaluate('navigator.clipboard.readText()')) as string

    const administrator = await (await browser.newContext()).newPage()
    await administrator.goto(link)
    expect(await administrator.getByText('HubSpot ended the connection').isVisible()).toBe(true)
    await administrator.getByText('Connect HubSpot').click()
    await administrator.getByRole('button', { name: 'Allow' }).click()
    await administrator.waitForURL('**/connected')
    expect(await getJson(`${pluginUrl}/initialize`)).toEqual({ status: 'initialized' })
    await page.reload()
    expect(await page.getByText('works', { exact: true }).isVisible()).toBe(true)
  })

  it('finds one inbox among many by its name', async () => {
    const page = await signIn()
    for (const name of ['Berlin <1>', 'Hamburg']) await bridge.inbox({ name })
    await page.goto(`${bridge.url}/admin?name=${encodeURIComponent('berlin <')}`)
    expect(await page.getByRole('row').count()).toBe(2)
    await page.getByLabel('Find by name').fill('nowhere')
    await page.getByRole('button', { name: 'Find' }).click()
    expect(await page.getByText('No inbox has “nowhere” in its name.').isVisible()).toBe(true)
  })

  it('signs out', async () => {
    const page = await signIn()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin token').waitFor()
    await page.goto(`${bridge.url}/admin`)
    expect(await page.getByLabel('Admin token').isVisible()).toBe(true)
  })
})
