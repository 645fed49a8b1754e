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
    expect(await page.getByRole('heading', { name: 'Sales & <i>Service</i>' }).isVisible()).toBe(true)

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

  it('sees a connection, ends it, and removes the inbox', async () => {
    const { pluginUrl } = await bridge.connectedInbox({ name: 'Leaving' })
    const page = await signIn()
    const inbox = page.getByRole('listitem').filter({ hasText: 'Leaving' })
    expect(await inbox.getByText(`connected to ${bridge.sandbox.account.hubDomain}`).isVisible()).toBe(true)
    await inbox.getByText('Manage').click()
    await inbox.getByRole('button', { name: 'Disconnect' }).click()
    expect(await page.getByRole('status').innerText()).toBe('“Leaving” is no longer connected.')
    expect(await getJson(`${pluginUrl}/initialize`)).toMatchObject({ status: 'authorization_needed' })

    await inbox.getByText('Manage').click()
    await inbox.getByRole('button', { name: /Remove/ }).click()
    expect(await page.getByRole('status').innerText()).toBe('“Leaving” is removed.')
    expect((await fetch(pluginUrl)).status).toBe(401)
  })

  it('signs out', async () => {
    const page = await signIn()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin token').waitFor()
    await page.goto(`${bridge.url}/admin`)
    expect(await page.getByLabel('Admin token').isVisible()).toBe(true)
  })
})
