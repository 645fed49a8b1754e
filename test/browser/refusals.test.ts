/** Every way in which consent ends short of success, as an administrator sees it: what happened, in German too, and the way on. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { refusals } from '../../src/connectors/salesforce/texts.ts'
import type { Outcome } from '../../src/consent/outcomes.ts'
import { outcomes } from '../../src/consent/outcomes.ts'
import { de } from '../../src/texts/de.ts'
import {
  consentUntilCallback,
  Browser as OtherBrowser,
  type SalesforceOrgs,
  startTestBridge,
  type TestBridge,
  unlimited,
} from '../support/bridge.ts'
import { getJson } from '../support/json.ts'
import { startChromium } from './chromium.ts'

let bridge: TestBridge
let orgs: SalesforceOrgs
let browser: Browser
let context: BrowserContext
let page: Page
let pluginUrl: string
beforeAll(async () => {
  ;[bridge, browser] = await Promise.all([
    startTestBridge({ sandbox: { contacts: 20, rateLimits: false }, salesforce: { contacts: 20 }, environment: unlimited }),
    startChromium(),
  ])
  orgs = bridge.salesforce as SalesforceOrgs
})
beforeEach(async () => {
  context = await browser.newContext({ locale: 'de-DE' })
  page = await context.newPage()
  pluginUrl = (await bridge.inbox({ name: 'Support' })).pluginUrl
})
afterEach(async () => {
  bridge.sandbox.faults.clear()
  orgs.production.faults.clear()
  orgs.production.refuseConsent(null)
  await context.close()
})
afterAll(async () => {
  await browser.close()
  await bridge.stop()
})

const link = async () => (await getJson(`${pluginUrl}/initialize`)).authorization_needed.external_url as string

/** From the inbox's link to the CRM's consent page. */
async function begin(crm: 'HubSpot' | 'Salesforce'): Promise<void> {
  await page.goto(await link())
  await page.getByText(`${crm} verbinden`).click()
  await page.locator('button[value=allow]').waitFor()
}
const decide = (decision: 'allow' | 'deny') => page.locator(`button[value=${decision}]`).click()

/** The page says it in German, nothing is connected, and where it helps a press starts again. */
async function expectPage({ words }: Outcome, { leadsOn = true } = {}): Promise<void> {
  const { title, explanation, advice } = words(de)
  await page.getByRole('heading', { name: title }).waitFor()
  for (const text of [explanation, advice]) expect(await page.getByText(text).isVisible()).toBe(true)
  expect(await getJson(`${pluginUrl}/initialize`)).toMatchObject({ status: 'authorization_needed' })
  const again = page.getByRole('link', { name: de.outcomes.startAgain })
  expect(await again.count()).toBe(leadsOn ? 1 : 0)
  if (!leadsOn) return
  await again.click()
  await page.waitForLoadState()
  expect(page.url()).not.toContain('/callback')
}

describe('HubSpot', () => {
  it('denied', async () => {
    await begin('HubSpot')
    await decide('deny')
    await expectPage(outcomes.denied('HubSpot'))
  })

  it.each([
    ['isn’t answering', 503, {}, outcomes.crmDown('HubSpot')],
    ['doesn’t know the app', 400, { error: 'invalid_client' }, outcomes.misconfigured('HubSpot')],
    ['takes the code for an old one', 400, { error: 'invalid_grant', status: 'BAD_AUTH_CODE' }, outcomes.expired('HubSpot')],
  ])('%s', async (_what, status, body, outcome) => {
    bridge.sandbox.faults.add({ kind: 'status', status, body, match: { path: '/oauth/2026-03/token' } })
    await begin('HubSpot')
    await decide('allow')
    await expectPage(outcome)
  })

  it('lets the user read no contacts', async () => {
    await begin('HubSpot')
    bridge.sandbox.faults.add({ kind: 'status', status: 403, match: { method: 'GET', path: 'objects/.*contacts\\?' } })
    await decide('allow')
    await expectPage(outcomes.forbidden('HubSpot'))
  })

  it('in another browser than the one that began', async () => {
    await page.goto(await consentUntilCallback(await link(), 'allow', new OtherBrowser()))
    await expectPage(outcomes.otherBrowser(), { leadsOn: false })
  })

  it('with a link that is too old', async () => {
    await page.goto(`${bridge.url}/connect/${'A'.repeat(90)}`)
    await expectPage(outcomes.linkExpired(), { leadsOn: false })
  })

  it('that this server doesn’t offer', async () => {
    await page.goto(`${await link()}/pipedrive`)
    await expectPage(outcomes.crmNotOffered(), { leadsOn: false })
  })

  it('disconnected again', async () => {
    await begin('HubSpot')
    await decide('allow')
    await page.waitForURL('**/connected')
    await page.getByRole('button', { name: de.connected.disconnect }).click()
    await expectPage(outcomes.disconnected())
  })
})

describe('Salesforce', () => {
  it('denied', async () => {
    await begin('Salesforce')
    await decide('deny')
    await expectPage(outcomes.denied('Salesforce'))
  })

  it.each([
    ['blocked', refusals.blocked],
    ['not-approved', refusals.notInstalled],
    ['not-installed', refusals.notInstalled],
  ] as const)('has the app %s', async (refusal, explanation) => {
    orgs.production.refuseConsent(refusal)
    await page.goto(await link())
    await page.getByText('Salesforce verbinden').click()
    await expectPage(outcomes.explained(400, explanation))
  })

  it.each([
    ['this address', 'ip restricted', refusals.address],
    ['an inactive user', 'inactive user', refusals.inactive],
    ['an edition without API', 'API is not enabled for this org', refusals.noApi],
  ])('refuses %s', async (_what, error_description, explanation) => {
    const body = { error: 'invalid_grant', error_description }
    orgs.production.faults.add({ kind: 'status', status: 400, body, match: { path: '/services/oauth2/token' } })
    await begin('Salesforce')
    await decide('allow')
    await expectPage(outcomes.explained(403, explanation))
  })

  it('lets the user read nothing', async () => {
    const body = [{ message: 'insufficient access', errorCode: 'INSUFFICIENT_ACCESS' }]
    await begin('Salesforce')
    orgs.production.faults.add({ kind: 'status', status: 403, body, match: { path: '/services/data' } })
    await decide('allow')
    await expectPage(outcomes.explained(403, refusals.noAccess))
  })

  it('isn’t answering', async () => {
    orgs.production.faults.add({ kind: 'status', status: 503, match: { path: '/services/oauth2/token' } })
    await begin('Salesforce')
    await decide('allow')
    await expectPage(outcomes.crmDown('Salesforce'))
  })
})
