/** The administrator's way to Salesforce in a real browser: which login, at a phone's width too, without JavaScript. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type SalesforceOrgs, startTestBridge, type TestBridge } from '../support/bridge.ts'
import { getJson } from '../support/json.ts'
import { fits, startChromium } from './chromium.ts'

let bridge: TestBridge
let orgs: SalesforceOrgs
let browser: Browser
beforeAll(async () => {
  ;[bridge, browser] = await Promise.all([startTestBridge({ salesforce: { contacts: 250, leads: 0 } }), startChromium()])
  orgs = bridge.salesforce as SalesforceOrgs
})
afterAll(async () => {
  await browser.close()
  await bridge.stop()
})
afterEach(() => orgs.production.refuseConsent(null))

async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; pluginUrl: string; problems: string[] }> {
  const { pluginUrl } = await bridge.inbox({ name: 'Sales', crm: 'salesforce' })
  const page = await (await browser.newContext(options)).newPage()
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  const { authorization_needed } = await getJson(`${pluginUrl}/initialize`)
  await page.goto(authorization_needed.external_url)
  return { page, pluginUrl, problems }
}

const press = (page: Page) => page.getByRole('button', { name: 'Connect Salesforce' }).click()
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()

async function finish(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForURL('**/connected')
  return heading(page)
}

describe('connecting Salesforce', () => {
  it.each<[string, BrowserContextOptions]>([
    ['on a desktop', { viewport: { width: 1200, height: 800 } }],
    ['on a phone, in the dark', { viewport: { width: 360, height: 640 }, colorScheme: 'dark' }],
    ['without JavaScript', { javaScriptEnabled: false }],
  ])('takes two presses for production %s', async (_, options) => {
    const { page, pluginUrl, problems } = await open(options)
    // The CRM that the inbox is meant for comes first.
    const text = await page.locator('body').innerText()
    expect(text.indexOf('Connect Salesforce')).toBeLessThan(text.indexOf('Connect HubSpot'))
    expect(await page.getByLabel('Production').isChecked()).toBe(true)
    expect(await fits(page, options)).toBe(true)

    await press(page)
    expect(await finish(page)).toBe('Production Inc.')
    expect(await page.getByText('250 contacts').isVisible()).toBe(true)
    expect(await page.getByRole('listitem').count()).toBe(3)
    expect(await fits(page, options)).toBe(true)
    expect(await getJson(`${pluginUrl}/initialize`)).toEqual({ status: 'initialized' })
    expect(problems).toEqual([])
  })

  it('goes to a sandbox with one press more', async () => {
    const { page } = await open()
    await page.getByLabel('Sandbox').check()
    await press(page)
    expect(await finish(page)).toBe('Sandbox Inc.')
  })

  it.each([
    ['picked and typed', true],
    ['typed alone', false],
  ])('goes to a My Domain that is %s', async (_, picked) => {
    const { page, problems } = await open({ viewport: { width: 360, height: 640 } })
    if (picked) await page.getByRole('radio', { name: 'My Domain' }).check()
    await page.getByRole('textbox', { name: 'My Domain' }).fill(new URL(orgs.own.url).host)
    await press(page)
    expect(await finish(page)).toBe('Own Domain Inc.')
    expect(problems).toEqual([])
  })

  it('works by keyboard alone', async () => {
    const { page } = await open()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement?.value')).toBe('production')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate('document.activeElement?.value')).toBe('own')
    await page.keyboard.press('Tab')
    await page.keyboard.type(new URL(orgs.own.url).host)
    await page.keyboard.press('Enter')
    expect(await finish(page)).toBe('Own Domain Inc.')
  })

  it('refuses what isn’t a My Domain in words, and leads back to the choice', async () => {
    const { page, pluginUrl } = await open({ viewport: { width: 360, height: 640 } })
    await page.getByRole('textbox', { name: 'My Domain' }).fill('acme.my.salesforce.com.evil.example')
    await press(page)
    expect(new URL(page.url()).origin).toBe(bridge.url)
    expect(await heading(page)).toBe('That address can’t be used to sign in')
    expect(await page.getByText('It looks like acme.my.salesforce.com').isVisible()).toBe(true)
    expect(await fits(page)).toBe(true)
    expect(await getJson(`${pluginUrl}/initialize`)).toMatchObject({ status: 'authorization_needed' })

    await page.getByRole('link', { name: 'Start again' }).click()
    await press(page)
    expect(await finish(page)).toBe('Production Inc.')
  })

  it('explains a denial, and that the org doesn’t let the app in', async () => {
    const { page } = await open()
    await press(page)
    await page.getByRole('button', { name: 'Deny' }).click()
    expect(await heading(page)).toBe('Nothing was connected')
    await page.getByRole('link', { name: 'Start again' }).click()

    orgs.production.refuseConsent('not-installed')
    await press(page)
    expect(await heading(page)).toBe('The app isn’t installed in your Salesforce org')
    orgs.production.refuseConsent(null)
    await page.getByRole('link', { name: 'Start again' }).click()
    await press(page)
    expect(await finish(page)).toBe('Production Inc.')
  })
})
