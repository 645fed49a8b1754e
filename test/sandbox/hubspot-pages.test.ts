// The page that HubSpot's deep link to a contact opens.

import { describe, expect, it } from 'vitest'
import { connectApp, firstRecord } from './connected-app.ts'

describe('a contact’s record page', () => {
  it('is where the record’s url leads, and shows its properties and companies', async () => {
    const { call, sandbox } = await connectApp()
    const contact = firstRecord(
      await call('GET', '/crm/objects/2026-03/contacts?limit=1&properties=lastname,associatedcompanyid'),
    )
    const page = await sandbox.app.inject(new URL(contact.url).pathname)
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain(contact.properties.lastname)
    expect(page.body).toContain(sandbox.companies.get(contact.properties.associatedcompanyid ?? '')?.properties.name)
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
  })

  it('shows markup in a record as text', async () => {
    const { sandbox } = await connectApp({ contacts: 0 })
    const { id } = sandbox.addContact({ firstname: '<script>alert(1)</script>', lastname: `"'&`, website: 'javascript:alert(1)' })
    const { body } = await sandbox.app.inject(`/contacts/${sandbox.account.portalId}/record/0-1/${id}`)
    expect(body).not.toContain('<script')
    expect(body).toContain('&#60;script&#62;')
    expect(body).toContain('&#34;&#39;&#38;')
    expect(body).not.toContain('href="javascript:')
  })

  it('is 404 for another account, a missing contact and an archived one', async () => {
    const { sandbox } = await connectApp({ contacts: 3 })
    const { portalId } = sandbox.account
    const [contact] = [...sandbox.contacts]
    sandbox.removeContact(contact?.id ?? '')
    for (const path of [`1/record/0-1/${contact?.id}`, `${portalId}/record/0-1/1`, `${portalId}/record/0-1/${contact?.id}`]) {
      const answer = await sandbox.app.inject(`/contacts/${path}`)
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    }
  })
})
