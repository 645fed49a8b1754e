/** Every page that a person can see, one after the other. */
import type { Page } from 'playwright-core'
import { createActivityStore } from '../../src/admin/activity-store.ts'
import { adminToken, atSalesforce, type TestBridge } from '../support/bridge.ts'

/** @param look at the page of this name, which the browser shows */
export async function tour(bridge: TestBridge, page: Page, look: (name: string) => Promise<void>): Promise<void> {
  const { prisma } = bridge.bridge.database
  const used = await bridge.connectedInbox({ name: 'Support', region: 'DE' })
  const ended = await bridge.connectedInbox({ name: 'Sales' }, atSalesforce)
  const fresh = await bridge.inbox({ name: 'New shop' })
  await prisma.connection.update({ where: { inboxId: ended.inbox.id }, data: { status: 'reconnect_required' } })
  await createActivityStore(prisma).add(aDay(used.inbox.id))

  const visit = async (name: string, url: string) => {
    await page.goto(url)
    await look(name)
  }
  await visit('connect', bridge.connectUrl(fresh.inbox.id))
  await visit('connect-ended', bridge.connectUrl(ended.inbox.id))
  await visit('connect-again', bridge.connectUrl(used.inbox.id))
  await visit('link-expired', `${bridge.url}/connect/nonsense`)
  await page.goto(bridge.connectUrl(fresh.inbox.id))
  await page.locator('a.button').click()
  await page.locator('button[value=allow]').click()
  await page.waitForURL('**/connected')
  await look('connected')
  await page.goto(`${bridge.connectUrl(fresh.inbox.id)}`)
  await page.locator('form.login button').click()
  await page.locator('button[value=allow]').click()
  await page.waitForURL('**/connected/replace')
  await look('replace')
  await page.locator('form[action$="/decline"] button').click()
  await look('kept')
  await page.goto(`${bridge.url}/connected`)
  await page.locator('form[action$="/disconnect"] button').click()
  await look('disconnected')

  await visit('sign-in', `${bridge.url}/admin`)
  await page.locator('input[name=token]').fill('a guess')
  await page.locator('main button').click()
  await look('sign-in-refused')
  await page.locator('input[name=token]').fill(adminToken)
  await page.locator('main button').click()
  await page.locator('table').waitFor()
  await look('inboxes')
  await page.locator('input[name=name]').fill('Another')
  await page.locator('form[action$="/admin/inboxes"] button').click()
  await page.locator('code').waitFor()
  await look('plugin-url')
  await page.goto(`${bridge.url}/admin/inboxes/${used.inbox.id}`)
  await page.locator('input[name=search]').fill('ana')
  await page.locator('form[action*="/try"] button').click()
  await page.locator('summary').first().click()
  await look('inbox')
  await page.locator('form[action$="/log-messages"] button').click()
  await look('inbox-logging')
  await visit('connect-logging', bridge.connectUrl(used.inbox.id))
  await visit('inbox-ended', `${bridge.url}/admin/inboxes/${ended.inbox.id}`)
}

/** A working day with a bad hour in it. */
function aDay(inboxId: string) {
  const hour = 3_600_000
  const begun = Math.floor(Date.now() / hour) * hour
  return Array.from({ length: 23 }, (_, nth) => {
    const questions = Math.round(10 + 90 * Math.sin(nth / 7) ** 2)
    const failed = nth === 15 ? 12 : 0
    return {
      inboxId,
      hour: new Date(begun - (23 - nth) * hour),
      questions,
      failed,
      problem: failed > 0 ? 'crm_timeout' : null,
      milliseconds: questions * (110 + nth),
      slowest: failed > 0 ? 8000 : 500 + 20 * nth,
      lastAt: new Date(begun - (23 - nth) * hour + hour / 2),
      lastMilliseconds: 120,
      calls: Math.round(questions * 0.6),
      peakUsed: 20 + nth,
      peakLimit: 110,
      peakSeconds: 10,
    }
  })
}
