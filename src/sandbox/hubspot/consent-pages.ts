// The pages on which a person lets an app into their HubSpot account, or is told why that can't be.

import { type Html, html } from '../html.ts'
import type { HubSpotAccount } from './account.ts'
import { framed } from './frame.ts'
import { SCOPES } from './scopes.ts'

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
${request.optional.length === 0 ? null : html`<h2>And also, as your account allows it</h2>\n${scopeList(request.optional)}`}
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

function scopeList(scopes: readonly string[]): Html {
  return html`<ul>
${scopes.map((scope) => html`<li>${SCOPES.get(scope) ?? scope} <small><code>${scope}</code></small></li>\n`)}</ul>`
}
