// Where Salesforce's deep links to contacts and leads lead: a page with what the record holds.

import type { FastifyInstance } from 'fastify'
import { type Html, html, PAGE_HEADERS } from '../html.ts'
import { framed } from './frame.ts'
import { recordById, type SalesforceRecord, type Schema, type SObject } from './sobject.ts'

/** Adds `/lightning/r/{object}/{id}/view`. */
export function addRecordPages(app: FastifyInstance, schema: Schema): void {
  app.get<{ Params: { object: string; id: string } }>('/lightning/r/:object/:id/view', async (request, reply) => {
    const object = schema.get(request.params.object.toLowerCase())
    const record = object === undefined ? undefined : recordById(object, request.params.id)
    if (object === undefined || record === undefined) return reply.code(404).headers(PAGE_HEADERS).send(noRecordPage())
    return reply.headers(PAGE_HEADERS).send(recordPage(object, record, accountOf(schema, record), tasksOf(schema, record)))
  })
}

function accountOf(schema: Schema, { fields }: SalesforceRecord): SalesforceRecord | undefined {
  const accounts = schema.get('account')
  return typeof fields.AccountId === 'string' && accounts !== undefined ? recordById(accounts, fields.AccountId) : undefined
}

function tasksOf(schema: Schema, { id }: SalesforceRecord): readonly SalesforceRecord[] {
  return [...(schema.get('task')?.records.live() ?? [])].filter(({ fields }) => fields.WhoId === id)
}

function taskOf({ fields }: SalesforceRecord): Html {
  const lines = String(fields.Description ?? '').split('\n')
  return html`<h3>${String(fields.Subject ?? 'Task')}</h3>
<p class="muted">${String(fields.ActivityDate ?? '')} · ${String(fields.Status ?? '')}</p>
<p>${lines.map((line) => html`${line}<br>`)}</p>\n`
}

function recordPage(
  { name, fields }: SObject,
  record: SalesforceRecord,
  account: SalesforceRecord | undefined,
  tasks: readonly SalesforceRecord[],
): string {
  const title = String(record.fields.Name ?? `${name} ${record.id}`)
  const rows = [...fields.values()].flatMap((field) => {
    const value = record.fields[field.name] ?? null
    return value === null ? [] : [{ label: field.label, value: String(value) }]
  })
  return framed(
    title,
    html`<h1>${title}</h1>
<p class="muted">${name} ${record.id}</p>
<dl>
${rows.map(({ label, value }) => html`  <dt>${label}</dt><dd>${value}</dd>\n`)}</dl>
${account === undefined ? null : html`<h2>Account</h2>\n<p>${String(account.fields.Name ?? account.id)}</p>`}
${tasks.length === 0 ? null : html`<h2>Activity</h2>\n${tasks.toReversed().map(taskOf)}`}`,
  )
}

function noRecordPage(): string {
  return framed(
    'No such record',
    html`<h1>No such record</h1>
<p>It may have been deleted, or it belongs to another org.</p>`,
  )
}
