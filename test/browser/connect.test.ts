/** The administrator's way in a real browser, at a phone's width too, without JavaScript, and by keyboard alone. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestBridge, type TestBridge } from '../support/bridge.ts'
import { getJson } from '../support/json.ts'
import { fits, startChromium } from './chromium.ts'

let bridge: TestBridge
let browser: Browser
beforeAll(async () => {
  ;[bridge, browser] = await Promise.all([startTestBridge(), startChromium()])
})
afterAll(async () => {
  await browser.close()
  await bridge.stop()
})

async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; pluginUrl: string; problems: string[] }> {
  const { pluginUrl } = await bridge.inbox({ name: 'Support <b>team</b>' })
  const page = await (await browser.newContext(options)).newPage()
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  const { authorization_needed } = await getJson(`${pluginUrl}/initialize`)
  await page.goto(authorization_needed.external_url)
  return { page, pluginUrl, problems }
}

describe('connecting HubSpot', () => {
  it.each<[string, BrowserContextOptions]>([
    ['on a desktop', { viewport: { width: 1200, height: 800 } }],
    ['on a phone, in the dark', { viewport: { width: 360, height: 640 }, colorScheme: 'dark' }],
    ['without JavaScript', { javaScriptEnabled: false }],
  ])('takes two presses %s', async (_, options) => {
    const { page, pluginUrl, problems } = await open(options)
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Support <b>team</b>')
    expect(await fits(page, options)).toBe(true)

    await page.getByText('Connect HubSpot').click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL('**/connected')

    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(bridge.sandbox.account.hubDomain)
    expect(await page.getByText('250 contacts').isVisible()).toBe(true)
    expect(await page.getByRole('listitem').count()).toBe(3)
    expect(await fits(page, options)).toBe(true)
    expect(await getJson(`${pluginUrl}/initialize`)).toEqual({ status: 'initialized' })
    expect(problems).toEqual([])
  })

  it('works by keyboard alone', async () => {
    const { page } = await open()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Connect HubSpot')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Allow' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/connected')
  })

  it('explains a denial, and lets the administrator start again', async () => {
    const { page, pluginUrl } = await open()
    await page.getByText('Connect HubSpot').click()
    await page.getByRole('button', { name: 'Deny' }).click()
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Nothing was connected')
    expect(await getJson(`${pluginUrl}/initialize`)).toMatchObject({ status: 'authorization_needed' })

    await page.getByRole('link', { name: 'Start again' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL('**/connected')
  })

  it('shows what was connected again on reload, and to no other browser', async () => {
    const { page } = await open()
    await page.getByText('Connect HubSpot').click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL('**/connected')
    await page.reload()
    expect(await page.getByText('250 contacts').isVisible()).toBe(true)

    const stranger = await (await browser.newContext()).newPage()
    await stranger.goto(page.url())
    expect(await stranger.getByRole('heading', { level: 1 }).innerText()).toBe('There is nothing to show here')
    expect(await stranger.getByRole('listitem').count()).toBe(0)
  })

  it('doesn’t take the same answer of the CRM twice', async () => {
    const { page } = await open()
    await page.getByText('Connect HubSpot').click()
    const callback = page.waitForRequest('**/oauth/hubspot/callback**')
    await page.getByRole('button', { name: 'Allow' }).click()
    const url = (await callback).url()
    await page.waitForURL('**/connected')
    await page.goto(url)
    expect(await page.getByText('No new connection').isVisible()).toBe(true)
  })
})
