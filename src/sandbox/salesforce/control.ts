// The sandbox's own page: what it is, what is wrong with it just now, and buttons that break it and mend it for a demo.

import type { FastifyInstance } from 'fastify'
import { CONTROL_PREFIX } from '../fault-injection.ts'
import type { Fault, FaultOrder, Faults } from '../faults.ts'
import { type Html, html, PAGE_HEADERS } from '../html.ts'
import { CONSENT_REFUSALS, type ConsentRefusal } from './consent.ts'
import { framed } from './frame.ts'
import type { SalesforceOrg } from './org.ts'
import type { Quota } from './quota.ts'
import type { Schema } from './sobject.ts'

interface Preset {
  readonly label: string
  readonly order: FaultOrder
}

const API = '^/services/data/'

/** Bad days to choose from. */
const PRESETS: ReadonlyMap<string, Preset> = new Map([
  ['slow', { label: 'Answer 3 s late', order: { kind: 'delay', delayMs: 3000, match: { path: API } } }],
  ['down', { label: 'Be down (503)', order: { kind: 'status', status: 503, match: { path: '/' } } }],
  ['limited', { label: 'Say “daily quota used up” (403)', order: { kind: 'status', status: 403, match: { path: API } } }],
  ['html', { label: 'Answer with a proxy’s error page', order: { kind: 'html', match: { path: API } } }],
  ['hang', { label: 'Never answer', order: { kind: 'hang', match: { path: API } } }],
  ['reset', { label: 'Drop the next 3 connections', order: { kind: 'reset', match: { path: API }, times: 3 } }],
])

/** What the page tells about, and what its buttons do beside ordering faults. */
export interface ControlOptions {
  readonly org: SalesforceOrg
  readonly schema: Schema
  readonly quota: Quota
  readonly faults: Faults
  readonly endSessions: () => void
  readonly consentRefusal: () => ConsentRefusal | null
  readonly refuseConsent: (refusal: ConsentRefusal | null) => void
}

/** Adds `GET /sandbox` and the form behind its buttons; the bare address leads there. Needs a parser for forms. */
export function addControl(app: FastifyInstance, options: ControlOptions): void {
  const { faults, endSessions, refuseConsent } = options
  app.get('/', async (_request, reply) => reply.redirect(CONTROL_PREFIX, 302))
  app.get(CONTROL_PREFIX, async (_request, reply) => reply.headers(PAGE_HEADERS).send(controlPage(options)))

  app.post<{ Body: { preset?: string; consent?: string } | undefined }>(CONTROL_PREFIX, async (request, reply) => {
    const { preset = '', consent = '' } = request.body ?? {}
    const order = PRESETS.get(preset)?.order
    if (order !== undefined) faults.add(order)
    else if (preset === 'end-sessions') endSessions()
    else if (Object.hasOwn(CONSENT_REFUSALS, consent)) refuseConsent(consent as ConsentRefusal)
    else {
      faults.clear()
      refuseConsent(null)
    }
    return reply.redirect(CONTROL_PREFIX, 303)
  })
}

function controlPage({ org, schema, quota, faults, consentRefusal }: ControlOptions): string {
  const inForce = faults.list()
  const refusal = consentRefusal()
  const wrong = [
    ...inForce.map(faultItem),
    ...(refusal === null
      ? []
      : [html`<li><strong>Consent</strong> ends with <code>${CONSENT_REFUSALS[refusal].error}</code></li>`]),
  ]
  return framed(
    'Salesforce sandbox',
    html`<h1>Salesforce sandbox</h1>
<dl>
  <dt>Org</dt><dd>${org.name}</dd>
  <dt>Org id</dt><dd>${org.orgId}</dd>
${[...schema.values()]
  .filter(({ searched }) => searched !== null)
  .map(({ labelPlural, records }) => html`  <dt>${labelPlural}</dt><dd>${records.size.toLocaleString('en')}</dd>\n`)}
  <dt>API calls in 24 hours</dt><dd>${quota.used.toLocaleString('en')} of ${quota.max.toLocaleString('en')}</dd>
</dl>
<h2>What is wrong just now</h2>
${wrong.length === 0 ? html`<p>Nothing: every request gets its true answer.</p>` : html`<ul>${wrong}</ul>`}
<form method="post" action="${CONTROL_PREFIX}">
<div class="actions"><button class="primary" name="preset" value="none">Back to normal</button></div>
<h2>Break something</h2>
<div class="actions">
${[...PRESETS].map(([name, { label }]) => html`  <button name="preset" value="${name}">${label}</button>\n`)}  <button name="preset" value="end-sessions">End all sessions</button>
</div>
<h2>Refuse consent</h2>
<div class="actions">
${Object.entries(CONSENT_REFUSALS).map(([name, { description }]) => html`  <button name="consent" value="${name}">${description}</button>\n`)}</div>
</form>
<p class="muted">Programs use <code>POST ${CONTROL_PREFIX}/faults</code>, for example with
<code>{"kind": "status", "status": 503, "match": {"path": "/services/data/"}, "times": 3}</code>, and <code>DELETE ${CONTROL_PREFIX}/faults</code>.</p>`,
  )
}

function faultItem({ kind, status, match, left }: Fault): Html {
  return html`<li><strong>${kind}${status === undefined ? '' : ` ${status}`}</strong> for ${match?.method ?? 'every'} request
${match?.path === undefined ? null : html`to <code>${match.path}</code>`}${left === null ? ', until it ends' : `, ${left} more`}</li>`
}
