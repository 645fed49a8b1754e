// The pages of HubSpot's user interface that a person meets in the demo: consent, its refusals, a contact's record.

import { type Html, html, page } from '../html.ts'
import type { HubSpotAccount } from './account.ts'
import type { ObjectRecord } from './object-type.ts'
import { SCOPES } from './scopes.ts'

const ACCENT = '#c4431b'
const BANNER = 'This is a sandbox that stands in for HubSpot. Everyone and everything in it is made up.'

/** What an app asks for, as it came in the query of the authorize URL. */
export interface ConsentRequest {
  readonly fields: Readonly<Record<string, string>>
  readonly required: readonly string[]
  readonly optional: readonly string[]
  readonly returnHost: string
}

/** Asks the person for consent; the form works without JavaScript. */
export function consentPage(account: HubSpotAccount, request: ConsentRequest): string {
  const hidden = Object.entries(request.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`,
  )
  const content = html`<h1>Connect an app to HubSpot</h1>
<p>An app at <strong>${request.returnHost}</strong> wants to connect to your account.</p>
<dl>
  <dt>Account</dt><dd>${account.name} (${account.portalId})</dd>
  <dt>Signed in as</dt><dd>${account.user}</dd>
</dl>
<h2>It will be able to</h2>
${scopeList(request.required)}
${request.optional.length === 0 ? null : html`<h2>And, because it asked for more where the account allows it</h2>\n${scopeList(request.optional)}`}
<form method="post" action="/oauth/authorize">
${hidden}<div class="actions">
  <button class="primary" name="decision" value="allow">Allow</button>
  <button name="decision" value="deny">Deny</button>
</div>
</form>`
  return framed('Connect an app to HubSpot', content)
}

/** Says why consent can't even be asked for. HubSpot shows such errors itself and doesn't redirect. */
export function refusedPage(message: string): string {
  return framed(
    'HubSpot couldn’t complete this connection',
    html`<h1>Couldn’t complete this connection</h1>
<p>${message}</p>
<p class="muted">Contact the developer of the app if you don’t know what this means.</p>`,
  )
}

/** A contact's record, as opened by a deep link. */
export function recordPage(contact: ObjectRecord, companies: readonly ObjectRecord[]): string {
  const { firstname, lastname, email } = contact.properties
  const name = [firstname, lastname].filter((part) => part).join(' ') || email || `Contact ${contact.id}`
  const rows = Object.entries(contact.properties).filter(([, value]) => value !== null)
  const content = html`<h1>${name}</h1>
<p class="muted">Contact ${contact.id}</p>
<dl>
${rows.map(([property, value]) => html`  <dt>${property}</dt><dd>${value}</dd>\n`)}</dl>
${
  companies.length === 0
    ? null
    : html`<h2>Companies</h2>\n<ul>${companies.map((company) => html`<li>${company.properties.name ?? company.id}</li>`)}</ul>`
}`
  return framed(name, content)
}

/** A record that isn't there, or isn't any more. */
export function noRecordPage(): string {
  return framed(
    'No such record',
    html`<h1>No such record</h1>\n<p>It may have been deleted, or it belongs to another account.</p>`,
  )
}

function scopeList(scopes: readonly string[]): Html {
  return html`<ul>
${scopes.map((scope) => html`<li>${SCOPES.get(scope) ?? scope} <small><code>${scope}</code></small></li>\n`)}</ul>`
}

/** A page of this sandbox, saying so at its top. */
export function framed(title: string, content: Html): string {
  return page({ title, banner: BANNER, accent: ACCENT, content })
}
