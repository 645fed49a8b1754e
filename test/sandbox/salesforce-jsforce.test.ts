// jsforce against the sandbox: its queries, searches, retrieves and errors work as they do against Salesforce.

import { Connection } from 'jsforce/lib/core.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SalesforceSandbox, startSalesforceSandbox } from '../../src/sandbox/salesforce/server.ts'
import { CLIENT, connect, refresh } from './connected-org.ts'

let sandbox: SalesforceSandbox
let connection: Connection

const connectionWith = (accessToken: string) => new Connection({ instanceUrl: sandbox.url, accessToken, version: '66.0' })

beforeAll(async () => {
  sandbox = await startSalesforceSandbox({ ...CLIENT, contacts: 3000 })
  connection = connectionWith((await connect(sandbox)).access_token)
})
afterAll(() => sandbox.close())

describe('jsforce', () => {
  it('queries page after page', async () => {
    const first = await connection.query<{ Id: string; Account: { Name: string } | null }>('SELECT Id, Account.Name FROM Contact')
    expect([first.totalSize, first.done, first.records.length]).toEqual([2400, false, 2000])
    const rest = await connection.queryMore<{ Id: string }>(first.nextRecordsUrl ?? '')
    expect([...first.records, ...rest.records].map(({ Id }) => Id)).toEqual([...sandbox.contacts].map(({ id }) => id))
    expect(connection.limitInfo.apiUsage).toEqual({ used: expect.any(Number), limit: 100_000 })
  })

  it('searches, retrieves and describes', async () => {
    const known = [...sandbox.contacts].find(({ fields }) => /^\+\d{9,}$/.test(String(fields.Phone)))
    const digits = String(known?.fields.Phone).slice(1)
    const { searchRecords } = await connection.search(`FIND {${digits}} IN PHONE FIELDS RETURNING Contact(Id, Phone)`)
    expect(searchRecords).toContainEqual(expect.objectContaining({ Id: known?.id, Phone: known?.fields.Phone }))
    expect(await connection.sobject('Contact').retrieve(known?.id ?? '')).toMatchObject({ Name: known?.fields.Name })
    const { fields } = await connection.sobject('Lead').describe()
    expect(fields.map(({ name }) => name)).toContain('IsConverted')
    const found = await connection.sobject('Contact').find({ Id: known?.id ?? '' }, ['Id'])
    expect(found.map(({ Id }) => Id)).toEqual([known?.id])
  })

  it('sends several statements in one round trip', async () => {
    const batchRequests = ['Contact', 'Lead'].map((object) => ({
      method: 'GET',
      url: `v66.0/query?q=${encodeURIComponent(`SELECT COUNT() FROM ${object}`)}`,
    }))
    const answer = await connection.requestPost<{ hasErrors: boolean; results: { result: { totalSize: number } }[] }>(
      '/composite/batch',
      { batchRequests },
    )
    expect(answer.results.map(({ result }) => result.totalSize)).toEqual([2400, 600])
  })

  it('reads the errors', async () => {
    await expect(connection.query('SELECT Nickname FROM Contact')).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' })
    await expect(connection.search('FIND {a} RETURNING Contact')).rejects.toMatchObject({ errorCode: 'MALFORMED_SEARCH' })
    await expect(connection.sobject('Contact').retrieve('003000000000000AAA')).rejects.toMatchObject({ errorCode: 'NOT_FOUND' })
  })

  it('knows who it is', async () => {
    expect(await connection.identity()).toMatchObject({ organization_id: sandbox.org.orgId, user_id: sandbox.org.userId })
  })

  it('meets the end of its session, and goes on with a new one', async () => {
    const tokens = await connect(sandbox)
    sandbox.endSessions()
    const ended = connectionWith(tokens.access_token)
    await expect(ended.query('SELECT COUNT() FROM Contact')).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' })
    const { json } = await refresh(sandbox, tokens.refresh_token)
    expect((await connectionWith(json.access_token).query('SELECT COUNT() FROM Contact')).totalSize).toBe(2400)
  })
})
