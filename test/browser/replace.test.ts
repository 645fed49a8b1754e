/** Connecting another account in a real browser: it asks by both names, and each button does what it says. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestBridge, type TestBridge } from '../support/bridge.ts'
import { getJson } from '../support/json.ts'
import { outcomes } from '../support/outcomes.ts'
import { fits, startChromium } from './chromium.ts'

let bridge: TestBridge
let browser: Browser
let had: string
const offered = 'Production Inc.'
beforeAll(async () => {
  ;[bridge, browser] = await Promise.all([startTestBridge({ salesforce: { contacts: 7, leads: 0 } }), startChromium()])
  had = bridge.sandbox.account.hubDomain
})
afterAll(async () => {
  await browser.close()
  await bridge.stop()
})

type Asked = { page: Page; context: BrowserContext; pluginUrl: string; inboxId: string; problems: string[] }
/** An inbox of a HubSpot account, for which an administrator has now signed in to Salesforce: the page that asks. */
async function ask(options: BrowserContextOptions = {}): Promise<Asked> {
  const { inbox, pluginUrl } = await bridge.connectedInbox({ name: 'Support <b>team</b>' })
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(bridge.connectUrl(inbox.id))
  await page.getByRole('button', { name: 'Connect Salesforce' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForURL('**/connected/replace')
  return { page, context, pluginUrl, inboxId: inbox.id, problems }
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()
const change = (page: Page) => page.getByRole('button', { name: `Change to ${offered}` })
const keep = (page: Page) => page.getByRole('button', { name: `Keep ${had}` })
/** Which CRM the inbox sees, and how many contacts. */
const seen = async (pluginUrl: string) => [
  (await getJson(pluginUrl)).type,
  (await getJson(`${pluginUrl}/contacts`)).count as number,
]

describe('connecting another account', () => {
  it.each<[string, BrowserContextOptions]>([
    ['on a desktop', { viewport: { width: 1200, height: 800 } }],
    ['on a phone, in the dark', { viewport: { width: 360, height: 640 }, colorScheme: 'dark' }],
    ['without JavaScript', { javaScriptEnabled: false }],
  ])('asks first, by both names, and changes on a press %s', async (_, options) => {
    const { page, pluginUrl, problems } = await ask(options)
    expect(await heading(page)).toBe('Change to another account?')
    const text = await page.locator('main').innerText()
    expect(text).toContain('Support <b>team</b>')
    // With what tells accounts of the same name apart.
    expect(text).toContain(`connected to ${had} (HubSpot account `)
    expect(text).toContain(`signed in to ${offered} (Salesforce account `)
    expect(await fits(page, options)).toBe(true)
    expect(await seen(pluginUrl)).toEqual(['hubspot', 250])

    await change(page).click()
    await page.waitForURL('**/connected')
    expect(await heading(page)).toBe(offered)
    expect(await page.getByText('7 contacts').isVisible()).toBe(true)
    expect(await seen(pluginUrl)).toEqual(['salesforce', 7])
    expect(problems).toEqual([])
  })

  it('keeps the account when that is pressed', async () => {
    const { page, pluginUrl, problems } = await ask({ viewport: { width: 360, height: 640 } })
    await keep(page).click()
    await page.getByRole('heading', { name: 'Nothing has changed' }).waitFor()
    expect(await page.locator('main').innerText()).toContain(`The inbox stays connected to ${had}.`)
    expect(await fits(page)).toBe(true)
    expect(await seen(pluginUrl)).toEqual(['hubspot', 250])
    expect(problems).toEqual([])
  })

  it('works by keyboard alone, and the way to change comes first', async () => {
    const { page } = await ask()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement?.textContent')).toBe(`Change to ${offered}`)
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement?.textContent')).toBe(`Keep ${had}`)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Nothing has changed' }).waitFor()
  })

  it('asks nobody in another browser', async () => {
    const { page, pluginUrl } = await ask()
    const stranger = await (await browser.newContext()).newPage()
    await stranger.goto(page.url())
    expect(await heading(stranger)).toBe(outcomes.offerGone().title)
    expect(await stranger.locator('main').innerText()).not.toContain(had)
    expect(await stranger.getByRole('button').count()).toBe(0)
    expect(await seen(pluginUrl)).toEqual(['hubspot', 250])
  })

  it('is decided once, whichever tab is used', async () => {
    const { page, context, pluginUrl } = await ask()
    const other = await context.newPage()
    await other.goto(page.url())
    await keep(page).click()
    await page.getByRole('heading', { name: 'Nothing has changed' }).waitFor()
    await change(other).click()
    await other.getByRole('heading', { name: outcomes.offerGone().title }).waitFor()
    expect(await fits(other)).toBe(true)
    expect(await seen(pluginUrl)).toEqual(['hubspot', 250])
  })

  it('has to be decided within ten minutes', async () => {
    const { page, pluginUrl, inboxId } = await ask()
    await bridge.bridge.database.prisma.parkedGrant.updateMany({ where: { inboxId }, data: { revokeAt: new Date() } })
    await change(page).click()
    await page.getByRole('heading', { name: outcomes.offerGone().title }).waitFor()
    expect(await seen(pluginUrl)).toEqual(['hubspot', 250])
  })
})
