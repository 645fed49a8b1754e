/** Every page for everybody: by a screen reader, on a phone, in the dark, in German. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { fits, startChromium } from './chromium.ts'
import { tour } from './tour.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let bridge: TestBridge
let browser: Browser
beforeAll(async () => {
  ;[bridge, browser] = await Promise.all([
    startTestBridge({ sandbox: { rateLimits: false }, salesforce: { contacts: 40 }, environment: unlimited }),
    startChromium(),
  ])
})
afterAll(async () => {
  await browser.close()
  await bridge.stop()
})

type Violation = { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }

/** What axe finds, whatever its impact: as rule, place and reason. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run()')) as { violations: Violation[] }
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`))
}

it.each<[string, BrowserContextOptions, string]>([
  ['on a desktop, in English', { viewport: { width: 1200, height: 900 }, colorScheme: 'light', locale: 'en-GB' }, 'en'],
  ['on a phone, in the dark, in German', { viewport: { width: 360, height: 740 }, colorScheme: 'dark', locale: 'de-AT' }, 'de'],
])('every page is accessible and fits %s', async (_, options, language) => {
  // Axe is put into the pages, which let no script in but their own.
  const page = await (await browser.newContext({ ...options, bypassCSP: true })).newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  const seen: string[] = []
  await tour(bridge, page, async (name) => {
    expect(await page.locator('html').getAttribute('lang'), name).toBe(language)
    expect(await page.locator('h1').count(), name).toBe(1)
    expect(await fits(page), name).toBe(true)
    expect(await violations(page), name).toEqual([])
    seen.push(name)
  })
  expect(seen.length).toBeGreaterThan(12)
  expect(problems).toEqual([])
})
