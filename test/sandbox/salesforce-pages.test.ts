// The pages of the Salesforce sandbox that people see: where deep links to records lead, and the page that breaks and mends it.

import { describe, expect, it } from 'vitest'
import { ASKED, connectOrg, errorOf, getPage, postForm } from './connected-org.ts'

describe('a record’s page', () => {
  it('is where Salesforce’s deep links lead, and shows fields and account', async () => {
    const { sandbox } = await connectOrg({ contacts: 50 })
    const contact = [...sandbox.contacts].find(({ fields }) => fields.AccountId !== null && fields.Email !== null)
    const page = await getPage(sandbox, `/lightning/r/Contact/${contact?.id}/view`)
    expect(page.status).toBe(200)
    expect(page.text).toContain(String(contact?.fields.Email))
    expect(page.text).toContain('<h2>Account</h2>')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    const [lead] = [...sandbox.leads]
    expect((await getPage(sandbox, `/lightning/r/Lead/${lead?.id}/view`)).text).toContain(`Lead ${lead?.id}`)
  })

  it('shows markup in a record as text', async () => {
    const { sandbox } = await connectOrg({ contacts: 0 })
    const { id } = sandbox.addRecord('Lead', { LastName: `<script>alert(1)</script>"'&`, Website: 'javascript:alert(1)' })
    const { text } = await getPage(sandbox, `/lightning/r/Lead/${id}/view`)
    expect(text).not.toContain('<script')
    expect(text).toContain('&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;')
    expect(text).not.toContain('href="javascript:')
  })

  it('is 404 for a record that is missing, deleted or of another object', async () => {
    const { sandbox } = await connectOrg({ contacts: 10 })
    const [kept, gone] = [...sandbox.contacts]
    sandbox.removeRecord(gone?.id ?? '')
    for (const path of ['Contact/003000000000000AAA', `Contact/${gone?.id}`, `Lead/${kept?.id}`, `Nothing/${kept?.id}`]) {
      const answer = await getPage(sandbox, `/lightning/r/${path}/view`)
      expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    }
  })
})

describe('the sandbox’s own page', () => {
  it('tells what it is, breaks things and mends them', async () => {
    const { sandbox, get } = await connectOrg({ contacts: 50 })
    const press = (form: Readonly<Record<string, string>>) => postForm(sandbox, '/sandbox', form)
    const shown = async () => (await getPage(sandbox, '/sandbox')).text
    expect((await getPage(sandbox, '/')).headers.location).toBe('/sandbox')
    expect(await shown()).toContain(sandbox.org.orgId)
    expect(await shown()).toContain('<dt>Leads</dt><dd>10</dd>')
    expect(await shown()).toContain('Nothing: every request gets its true answer.')

    expect((await press({ preset: 'down' })).status).toBe(303)
    expect((await get('limits')).status).toBe(503)
    expect(await shown()).toContain('<strong>status 503</strong>')
    await press({ preset: 'none' })
    expect((await get('limits')).status).toBe(200)

    await press({ preset: 'blocked' })
    expect(await shown()).toContain('OAUTH_APP_BLOCKED')
    expect((await getPage(sandbox, '/services/oauth2/authorize', ASKED)).headers.location).toContain('OAUTH_APP_BLOCKED')
    await press({ preset: 'none' })
    expect((await getPage(sandbox, '/services/oauth2/authorize', ASKED)).status).toBe(200)

    await press({ preset: 'end-sessions' })
    expect(errorOf(await get('limits'))).toBe('401 INVALID_SESSION_ID')
  })
})
