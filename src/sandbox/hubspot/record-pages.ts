// Where HubSpot's deep links to contacts lead: a page with what the record holds.

import type { FastifyInstance } from 'fastify'
import { type Html, html, PAGE_HEADERS } from '../html.ts'
import type { HubSpotAccount } from './account.ts'
import type { Communications, TimelineEntry } from './communications.ts'
import { framed } from './frame.ts'
import { type ObjectRecord, type ObjectType, recordById } from './object-type.ts'

/** What the pages show. */
export interface RecordPagesOptions {
  readonly account: HubSpotAccount
  readonly contacts: ObjectType
  readonly companies: ObjectType
  readonly communications: Communications
}

/** Adds `/contacts/{portalId}/record/0-1/{id}`. */
export function addRecordPages(app: FastifyInstance, options: RecordPagesOptions): void {
  const { account, contacts, companies, communications } = options
  app.get<{ Params: { portalId: string; id: string } }>('/contacts/:portalId/record/0-1/:id', async (request, reply) => {
    const { portalId, id } = request.params
    const contact = portalId === String(account.portalId) ? recordById(contacts, id) : undefined
    if (contact === undefined) return reply.code(404).headers(PAGE_HEADERS).send(noRecordPage())
    const linked = contact.companies.map((link) => recordById(companies, link.id)).filter((company) => company !== undefined)
    return reply.headers(PAGE_HEADERS).send(recordPage(contact, linked, communications.timeline(id)))
  })
}

function recordPage(contact: ObjectRecord, companies: readonly ObjectRecord[], timeline: readonly TimelineEntry[]): string {
  const { firstname, lastname, email } = contact.properties
  const name = [firstname, lastname].filter((part) => part).join(' ') || email || `Contact ${contact.id}`
  const rows = Object.entries(contact.properties).filter(([, value]) => value !== null)
  const companyList = html`<h2>Companies</h2>
<ul>${companies.map((company) => html`<li>${company.properties.name ?? company.id}</li>`)}</ul>`
  return framed(
    name,
    html`<h1>${name}</h1>
<p class="muted">Contact ${contact.id}</p>
<dl>
${rows.map(([property, value]) => html`  <dt>${property}</dt><dd>${value}</dd>\n`)}</dl>
${companies.length === 0 ? null : companyList}
${timeline.length === 0 ? null : html`<h2>Timeline</h2>\n${timeline.toReversed().map(entryOf)}`}`,
  )
}

function entryOf({ at, channel, body }: TimelineEntry): Html {
  const text = body
    .replace(/<br\s*\/?>/g, '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
  return html`<p class="muted">${at} · ${channel}</p>\n<p>${text.split('\n').map((line) => html`${line}<br>`)}</p>\n`
}

function noRecordPage(): string {
  return framed(
    'No such record',
    html`<h1>No such record</h1>
<p>It may have been deleted, or it belongs to another account.</p>`,
  )
}
