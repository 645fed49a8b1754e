// The rest of Salesforce's REST API as the sandbox plays it: single records, describes, batches, quota, orgs that lack something, faults.

import { describe, expect, it } from 'vitest'
import { BASE, callWith, connectOrg, errorOf, getPage } from './connected-org.ts'

describe('versions', () => {
  it('are listed for everyone, and all of them answer', async () => {
    const { sandbox, tokens } = await connectOrg({ contacts: 10 })
    const { json } = await getPage(sandbox, '/services/data/')
    expect(json).toHaveLength(18)
    expect(json.at(-2)).toEqual({ label: "Spring '26", url: '/services/data/v66.0', version: '66.0' })
    for (const { url } of json) {
      const { status, json: resources } = await callWith(sandbox, tokens.access_token, 'GET', `${url}/`)
      expect([status, resources.query]).toEqual([200, `${url}/query`])
    }
    expect(errorOf(await callWith(sandbox, tokens.access_token, 'GET', '/services/data/v99.0/limits'))).toBe('404 NOT_FOUND')
    const { json: page } = await callWith(
      sandbox,
      tokens.access_token,
      'GET',
      '/services/data/v50.0/query?q=SELECT+Id+FROM+Contact+LIMIT+1',
    )
    expect(page.records[0].attributes.url).toMatch(/^\/services\/data\/v50\.0\/sobjects\/Contact\/003/)
  })
})

describe('single records', async () => {
  const { sandbox, get, tokens } = await connectOrg({ contacts: 10 })
  const [contact] = [...sandbox.contacts]
  const [lead] = [...sandbox.leads]

  it('come whole or with some fields, by either form of the id', async () => {
    const whole = (await get(`sobjects/Contact/${contact?.id}`)).json
    expect(whole).toMatchObject({
      attributes: { type: 'Contact' },
      Id: contact?.id,
      Name: contact?.fields.Name,
      IsDeleted: false,
    })
    const some = (await get(`sobjects/lead/${lead?.id.slice(0, 15)}?fields=company, Id`)).json
    expect(some).toEqual({ attributes: expect.anything(), Company: lead?.fields.Company, Id: lead?.id })
  })

  it.each([
    ['sobjects/Contact/0030000000000AAAAA', '404 NOT_FOUND'],
    ['sobjects/Contact/me', '404 NOT_FOUND'],
    [`sobjects/Contact/${lead?.id}`, '404 NOT_FOUND'],
    [`sobjects/Person/${contact?.id}`, '404 NOT_FOUND'],
    [`sobjects/Contact/${contact?.id}?fields=Nickname`, '400 INVALID_FIELD'],
    [`sobjects/Contact/${contact?.id}?fields=Account.Name`, '400 INVALID_FIELD'],
    ['nothing', '404 NOT_FOUND'],
  ])('%s is %s', async (path, error) => {
    expect(errorOf(await get(path))).toBe(error)
  })

  it('are told to be deleted, and not to be written to', async () => {
    const { id } = sandbox.addRecord('Contact', { LastName: 'Gone' })
    sandbox.removeRecord(id)
    expect(errorOf(await get(`sobjects/Contact/${id}`))).toBe('404 ENTITY_IS_DELETED')
    for (const method of ['POST', 'PATCH', 'DELETE'] as const)
      expect(errorOf(await callWith(sandbox, tokens.access_token, method, `${BASE}/sobjects/Contact/${contact?.id}`, {}))).toBe(
        '405 METHOD_NOT_ALLOWED',
      )
  })
})

describe('describes', () => {
  it('tell which objects and fields there are', async () => {
    const { get } = await connectOrg({ contacts: 10, features: { personAccounts: true } })
    const { json } = await get('sobjects')
    expect(json.sobjects.map(({ name }: { name: string }) => name)).toEqual([
      'Account',
      'Contact',
      'Lead',
      'Task',
      'TaskStatus',
      'Organization',
    ])
    const { fields, keyPrefix } = (await get('sobjects/Contact/describe')).json
    const byName = new Map(fields.map((field: { name: string }) => [field.name, field]))
    expect(keyPrefix).toBe('003')
    expect(byName.get('MobilePhone')).toMatchObject({ type: 'phone', label: 'Mobile Phone', length: 40 })
    expect(byName.get('AccountId')).toMatchObject({ type: 'reference', referenceTo: ['Account'], relationshipName: 'Account' })
    expect(byName.get('IsPersonAccount')).toMatchObject({ type: 'boolean' })
  })
})

describe('batches', () => {
  it('answer each request on its own, and each counts', async () => {
    const { sandbox, batch } = await connectOrg({ contacts: 10, leads: 0 })
    const [contact] = [...sandbox.contacts]
    const get = (url: string) => ({ method: 'GET', url })
    const { status, json, headers } = await batch([
      get(`v66.0/query?q=${encodeURIComponent('SELECT COUNT() FROM Contact')}`),
      get('/services/data/v60.0/query?q=SELECT+Id+FROM+Contact+LIMIT+1'),
      get('v66.0/query?q=SELECT+Nonsense'),
      get(`v66.0/search?q=${encodeURIComponent('FIND {zz} RETURNING Contact')}`),
      get(`v66.0/sobjects/Contact/${contact?.id}?fields=Id`),
      get('v66.0/limits'),
      { method: 'DELETE', url: `v66.0/sobjects/Contact/${contact?.id}` },
    ])
    expect(status).toBe(200)
    expect(json.hasErrors).toBe(true)
    expect(json.results.map(({ statusCode }: { statusCode: number }) => statusCode)).toEqual([200, 200, 400, 200, 200, 200, 405])
    const results = json.results.map(({ result }: { result: unknown }) => result)
    expect(results[0]).toEqual({ totalSize: 10, done: true, records: [] })
    expect(results[1].records[0].attributes.url).toContain('/services/data/v60.0/')
    expect(results[2]).toEqual([{ errorCode: 'MALFORMED_QUERY', message: expect.any(String) }])
    expect(results[3]).toEqual({ searchRecords: [] })
    expect(headers['sforce-limit-info']).toBe('api-usage=7/100000')
    expect(sandbox.calls().map(({ kind, path }) => `${kind} ${path}`)).toEqual([`api ${BASE}/composite/batch`])
  })

  it('stop at the first error when asked to', async () => {
    const { batch } = await connectOrg({ contacts: 10 })
    const requests = ['v66.0/limits', 'v66.0/nothing', 'v66.0/limits'].map((url) => ({ method: 'GET', url }))
    const { json } = await batch(requests, { haltOnError: true })
    expect(json.results.map(({ statusCode }: { statusCode: number }) => statusCode)).toEqual([200, 404, 412])
    expect(json.results[2].result[0].errorCode).toBe('BATCH_PROCESSING_HALTED')
  })

  it('are refused whole when they are too long or unreadable', async () => {
    const { sandbox, tokens, batch } = await connectOrg({ contacts: 10 })
    const one = { method: 'GET', url: 'v66.0/limits' }
    expect((await batch(Array.from({ length: 25 }, () => one))).json.hasErrors).toBe(false)
    expect((await batch(Array.from({ length: 26 }, () => one))).status).toBe(400)
    for (const broken of [{}, null, { method: 'GET' }, { method: 'GET', url: 'https://elsewhere.example/' }])
      expect(errorOf(await batch([broken as object]))).toBe('400 JSON_PARSER_ERROR')
    expect(errorOf(await callWith(sandbox, tokens.access_token, 'POST', `${BASE}/composite/batch`, {}))).toBe(
      '400 JSON_PARSER_ERROR',
    )
    expect(errorOf(await callWith(sandbox, 'x', 'POST', `${BASE}/composite/batch`, {}))).toBe('401 INVALID_SESSION_ID')
    // A version later than that of the batch itself.
    expect((await batch([{ method: 'GET', url: 'v67.0/limits' }])).json.results[0].statusCode).toBe(400)
  })
})

describe('the daily quota', () => {
  it('is counted on every answer and ends in REQUEST_LIMIT_EXCEEDED, until the day has passed', async () => {
    let now = 1_790_000_000_000
    const { get, batch, sandbox } = await connectOrg({ contacts: 10, apiQuota: 3, sessionLifetime: 1e6, now: () => now })
    expect((await get('limits')).json.DailyApiRequests).toEqual({ Max: 3, Remaining: 2 })
    expect((await get('nothing')).headers['sforce-limit-info']).toBe('api-usage=2/3')
    expect(errorOf(await batch(Array.from({ length: 2 }, () => ({ method: 'GET', url: 'v66.0/limits' }))))).toBe(
      '403 REQUEST_LIMIT_EXCEEDED',
    )
    expect((await get('limits')).status).toBe(200)
    const beyond = await get('limits')
    expect([errorOf(beyond), beyond.headers['sforce-limit-info']]).toEqual(['403 REQUEST_LIMIT_EXCEEDED', 'api-usage=3/3'])
    expect((await getPage(sandbox, '/services/data')).status).toBe(200)
    now += 25 * 3_600_000
    expect((await get('limits')).status).toBe(200)
  })
})

describe('an org', () => {
  it('without leads knows none', async () => {
    const { sandbox, query, search, get } = await connectOrg({ contacts: 50, features: { leads: false } })
    expect([sandbox.contacts.size, sandbox.leads.size, [...sandbox.leads]]).toEqual([50, 0, []])
    expect(errorOf(await query('SELECT Id FROM Lead'))).toBe('400 INVALID_TYPE')
    expect(errorOf(await search('FIND {ana} RETURNING Contact(Id), Lead(Id)'))).toBe('400 INVALID_TYPE')
    expect(errorOf(await get('sobjects/Lead/describe'))).toBe('404 NOT_FOUND')
    expect(() => sandbox.addRecord('Lead', {})).toThrow('not supported')
  })

  it('without a field refuses it everywhere', async () => {
    const { query, search, get, sandbox } = await connectOrg({
      contacts: 50,
      features: { missingFields: ['contact.otherphone'] },
    })
    expect(errorOf(await query('SELECT Id, OtherPhone FROM Contact'))).toBe('400 INVALID_FIELD')
    expect(errorOf(await search('FIND {ana} RETURNING Contact(OtherPhone)'))).toBe('400 INVALID_FIELD')
    const { fields } = (await get('sobjects/Contact/describe')).json
    expect(fields.map(({ name }: { name: string }) => name)).not.toContain('OtherPhone')
    expect((await search('FIND {4155550123} IN PHONE FIELDS RETURNING Contact')).status).toBe(200)
    expect(() => sandbox.addRecord('Contact', { OtherPhone: '1' })).toThrow('OtherPhone')
  })

  it('with person accounts has people who are accounts', async () => {
    const { records, sandbox } = await connectOrg({ contacts: 200, features: { personAccounts: true } })
    const persons = await records(
      'SELECT Id, Name, Account.Name, Account.IsPersonAccount FROM Contact WHERE IsPersonAccount = true',
    )
    expect(persons.length).toBeGreaterThan(5)
    for (const { Name, Account } of persons) expect(Account).toMatchObject({ Name, IsPersonAccount: true })
    expect(await records('SELECT Id FROM Account WHERE IsPersonAccount = true')).toHaveLength(persons.length)
    expect([...sandbox.accounts].filter(({ fields }) => fields.IsPersonAccount)).toHaveLength(persons.length)
  })

  it('without API access says so', async () => {
    const { get, sandbox } = await connectOrg({ contacts: 10, features: { apiEnabled: false } })
    expect(errorOf(await get('limits'))).toBe('403 API_DISABLED_FOR_ORG')
    sandbox.enableApi(true)
    expect((await get('limits')).status).toBe(200)
  })
})

describe('requests', () => {
  it('with a URL that is too long are 414', async () => {
    const { get, query } = await connectOrg({ contacts: 10 })
    const soql = (length: number) => `SELECT Id FROM Contact WHERE Name = '${'a'.repeat(length)}'`
    expect((await query(soql(15_000))).status).toBe(200)
    const long = await query(soql(16_400))
    expect([long.status, long.headers['content-type']]).toEqual([414, 'text/html'])
    expect(errorOf(await get('query'))).toBe('400 MALFORMED_QUERY')
    expect(errorOf(await get('search?q='))).toBe('400 MALFORMED_SEARCH')
  })

  it('are logged by their kind', async () => {
    const { sandbox, query, search, get } = await connectOrg({ contacts: 10 })
    await query('SELECT Id FROM Contact')
    await search('FIND {ana}')
    await get('limits')
    await getPage(sandbox, '/services/oauth2/userinfo')
    await getPage(sandbox, '/sandbox')
    expect(sandbox.calls().map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'query 200',
      'search 200',
      'api 200',
      'oauth 403',
    ])
    expect(sandbox.calls()[0]?.query).toEqual({ q: 'SELECT Id FROM Contact' })
    sandbox.clearCalls()
    expect(sandbox.calls()).toEqual([])
  })
})

describe('faults', () => {
  it.each([
    [401, 'INVALID_SESSION_ID'],
    [403, 'REQUEST_LIMIT_EXCEEDED'],
    [404, 'NOT_FOUND'],
    [500, 'UNKNOWN_EXCEPTION'],
    [503, 'SERVER_UNAVAILABLE'],
  ])('answer %i as Salesforce does', async (status, code) => {
    const { sandbox, get } = await connectOrg({ contacts: 10 })
    sandbox.faults.add({ kind: 'status', status, times: 1, match: { path: '/services/data/' } })
    expect(errorOf(await get('limits'))).toBe(`${status} ${code}`)
    expect((await get('limits')).status).toBe(200)
  })

  it('are ordered over HTTP, and strike a token request too', async () => {
    const { sandbox, get } = await connectOrg({ contacts: 10 })
    const order = { kind: 'html', match: { path: '^/services/' } }
    expect((await callWith(sandbox, '', 'POST', '/sandbox/faults', order)).status).toBe(201)
    expect((await get('limits')).headers['content-type']).toContain('text/html')
    expect((await callWith(sandbox, '', 'POST', '/services/oauth2/token')).status).toBe(502)
    expect((await callWith(sandbox, '', 'DELETE', '/sandbox/faults')).status).toBe(204)
    expect((await get('limits')).status).toBe(200)
    expect((await callWith(sandbox, '', 'POST', '/sandbox/faults', { kind: 'html', misspelt: 1 })).status).toBe(400)
  })
})
