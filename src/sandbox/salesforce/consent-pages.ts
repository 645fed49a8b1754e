// The pages on which a person lets an app into their Salesforce org, or is told why that can't be.

import { html } from '../html.ts'
import { framed } from './frame.ts'
import type { SalesforceOrg } from './org.ts'
import { SCOPES } from './scopes.ts'

/** What an app asks for, as it came in the query of the authorize URL. */
export interface ConsentRequest {
  readonly fields: Readonly<Record<string, string>>
  readonly scopes: readonly string[]
  readonly returnHost: string
}

/** Asks the person for consent; the form works without JavaScript. */
export function consentPage(org: SalesforceOrg, action: string, request: ConsentRequest): string {
  const hidden = Object.entries(request.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`,
  )
  return framed(
    'Allow access?',
    html`<h1>Allow access?</h1>
<p>An app at <strong>${request.returnHost}</strong> is asking to:</p>
<ul>
${request.scopes.map((scope) => html`<li>${SCOPES.get(scope) ?? scope} <small><code>${scope}</code></small></li>\n`)}</ul>
<dl>
  <dt>Org</dt><dd>${org.name} (${org.orgId})</dd>
  <dt>Signed in as</dt><dd>${org.user} (${org.userName})</dd>
</dl>
<form method="post" action="${action}">
${hidden}<div class="actions">
  <button class="primary" name="decision" value="allow">Allow</button>
  <button name="decision" value="deny">Deny</button>
</div>
</form>
<p class="muted">To revoke access at any time, go to your personal settings.</p>`,
  )
}

/** Says why consent can't even be asked for: the errors that Salesforce shows itself, without going back to the app. */
export function refusedPage(error: string, description: string): string {
  return framed(
    'OAuth Error',
    html`<h1>OAuth Error</h1>
<p>We can’t authorize you because of an OAuth error. For more information, contact your Salesforce administrator.</p>
<p><code>error=${error}&amp;error_description=${description}</code></p>`,
  )
}
