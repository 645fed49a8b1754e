// The sandbox's own page: what it is, what is wrong with it just now, and buttons that break it and mend it for a demo.

import type { FastifyInstance } from 'fastify'
import { CONTROL_PREFIX } from '../fault-injection.ts'
import type { Fault, FaultOrder, Faults } from '../faults.ts'
import { type Html, html, PAGE_HEADERS } from '../html.ts'
import type { HubSpotAccount } from './account.ts'
import { framed } from './frame.ts'
import type { ObjectType } from './object-type.ts'

interface Preset {
  readonly label: string
  readonly order: FaultOrder
}

const API = '^/(crm|account-info)/'

/** Bad days to choose from. */
const PRESETS: ReadonlyMap<string, Preset> = new Map([
  ['slow', { label: 'Answer 3 s late', order: { kind: 'delay', delayMs: 3000, match: { path: API } } }],
  ['down', { label: 'Be down (503)', order: { kind: 'status', status: 503, match: { path: '/' } } }],
  ['limited', { label: 'Say “too many requests” (429)', order: { kind: 'status', status: 429, match: { path: API } } }],
  ['html', { label: 'Answer with a proxy’s error page', order: { kind: 'html', match: { path: API } } }],
  ['hang', { label: 'Never answer', order: { kind: 'hang', match: { path: API } } }],
  ['expired', { label: 'Call the next token expired', order: { kind: 'status', status: 401, match: { path: API }, times: 1 } }],
  ['reset', { label: 'Drop the next 3 connections', order: { kind: 'reset', match: { path: API }, times: 3 } }],
])

/** What the page tells about. */
export interface ControlOptions {
  readonly account: HubSpotAccount
  readonly contacts: ObjectType
  readonly companies: ObjectType
  readonly faults: Faults
}

/** Adds `GET /sandbox` and the form behind its buttons; the bare address leads there. Needs a parser for forms. */
export function addControl(app: FastifyInstance, options: ControlOptions): void {
  const { faults } = options
  app.get('/', async (_request, reply) => reply.redirect(CONTROL_PREFIX, 302))
  app.get(CONTROL_PREFIX, async (_request, reply) => reply.headers(PAGE_HEADERS).send(controlPage(options)))

  app.post<{ Body: { preset?: string } | undefined }>(CONTROL_PREFIX, async (request, reply) => {
    const preset = PRESETS.get(request.body?.preset ?? '')
    if (preset === undefined) faults.clear()
    else faults.add(preset.order)
    return reply.redirect(CONTROL_PREFIX, 303)
  })
}

function controlPage({ account, contacts, companies, faults }: ControlOptions): string {
  const inForce = faults.list()
  return framed(
    'HubSpot sandbox',
    html`<h1>HubSpot sandbox</h1>
<dl>
  <dt>Account</dt><dd>${account.name}</dd>
  <dt>Portal</dt><dd>${account.portalId}</dd>
  <dt>Contacts</dt><dd>${contacts.records.size.toLocaleString('en')}</dd>
  <dt>Companies</dt><dd>${companies.records.size.toLocaleString('en')}</dd>
</dl>
<h2>What is wrong just now</h2>
${inForce.length === 0 ? html`<p>Nothing: every request gets its true answer.</p>` : html`<ul>${inForce.map(faultItem)}</ul>`}
<form method="post" action="${CONTROL_PREFIX}">
<div class="actions"><button class="primary" name="preset" value="none">Back to normal</button></div>
<h2>Break something</h2>
<div class="actions">
${[...PRESETS].map(([name, { label }]) => html`  <button name="preset" value="${name}">${label}</button>\n`)}</div>
</form>
<p class="muted">Programs use <code>POST ${CONTROL_PREFIX}/faults</code>, for example with
<code>{"kind": "status", "status": 503, "match": {"path": "/crm/"}, "times": 3}</code>, and <code>DELETE ${CONTROL_PREFIX}/faults</code>.</p>`,
  )
}

function faultItem({ kind, status, match, left }: Fault): Html {
  return html`<li><strong>${kind}${status === undefined ? '' : ` ${status}`}</strong> for ${match?.method ?? 'every'} request
${match?.path === undefined ? null : html`to <code>${match.path}</code>`}${left === null ? ', until it ends' : `, ${left} more`}</li>`
}
