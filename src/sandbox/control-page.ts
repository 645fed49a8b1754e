// The page that every sandbox has about itself: what it is, what is wrong with it just now, and buttons that break it and mend it for a
// demo.

import type { FastifyInstance } from 'fastify'
import { CONTROL_PREFIX } from './fault-injection.ts'
import type { Fault, FaultOrder, Faults } from './faults.ts'
import { type Html, html, PAGE_HEADERS } from './html.ts'

/** A button of the page. */
export interface ControlButton {
  readonly label: string
  /** The fault that it orders, or what else it does. */
  readonly press: FaultOrder | (() => void)
}

/** What the page of one CRM's sandbox shows. */
export interface ControlPage {
  readonly title: string
  /** Makes a whole page of a title and its content. */
  readonly framed: (title: string, content: Html) => string
  readonly facts: () => readonly (readonly [label: string, value: string | number])[]
  readonly faults: Faults
  /** What is wrong beside the faults. */
  readonly troubles?: () => readonly Html[]
  /** Ends those troubles. */
  readonly mend?: () => void
  /** Buttons by the name under which a form sends them, in groups by headline. */
  readonly buttons: Readonly<Record<string, ReadonlyMap<string, ControlButton>>>
  /** A path of the API, for the example of a fault that a program orders. */
  readonly examplePath: string
}

/** Adds `GET /sandbox` and the form behind its buttons; the bare address leads there. Needs a parser for forms. */
export function addControlPage(app: FastifyInstance, page: ControlPage): void {
  const buttons = new Map(Object.values(page.buttons).flatMap((group) => [...group]))
  app.get('/', async (_request, reply) => reply.redirect(CONTROL_PREFIX, 302))
  app.get(CONTROL_PREFIX, async (_request, reply) => reply.headers(PAGE_HEADERS).send(contentOf(page)))

  app.post<{ Body: { preset?: string } | undefined }>(CONTROL_PREFIX, async (request, reply) => {
    const press = buttons.get(request.body?.preset ?? '')?.press
    if (typeof press === 'function') press()
    else if (press !== undefined) page.faults.add(press)
    else {
      page.faults.clear()
      page.mend?.()
    }
    return reply.redirect(CONTROL_PREFIX, 303)
  })
}

function contentOf({ title, framed, facts, faults, troubles, buttons, examplePath }: ControlPage): string {
  const wrong = [...faults.list().map(faultItem), ...(troubles?.() ?? [])]
  const shown = (value: string | number) => (typeof value === 'number' ? value.toLocaleString('en') : value)
  const example = `{"kind": "status", "status": 503, "match": {"path": "${examplePath}"}, "times": 3}`
  return framed(
    title,
    html`<h1>${title}</h1>
<dl>
${facts().map(([label, value]) => html`  <dt>${label}</dt><dd>${shown(value)}</dd>\n`)}</dl>
<h2>What is wrong just now</h2>
${wrong.length === 0 ? html`<p>Nothing: every request gets its true answer.</p>` : html`<ul>${wrong}</ul>`}
<form method="post" action="${CONTROL_PREFIX}">
<div class="actions"><button class="primary" name="preset" value="none">Back to normal</button></div>
${Object.entries(buttons).map(
  ([headline, group]) => html`<h2>${headline}</h2>
<div class="actions">
${[...group].map(([name, { label }]) => html`  <button name="preset" value="${name}">${label}</button>\n`)}</div>
`,
)}</form>
<p class="muted">Programs use <code>POST ${CONTROL_PREFIX}/faults</code>, for example with
<code>${example}</code>, and <code>DELETE ${CONTROL_PREFIX}/faults</code>.</p>`,
  )
}

function faultItem({ kind, status, match, left }: Fault): Html {
  return html`<li><strong>${kind}${status === undefined ? '' : ` ${status}`}</strong> for ${match?.method ?? 'every'} request
${match?.path === undefined ? null : html`to <code>${match.path}</code>`}${left === null ? ', until it ends' : `, ${left} more`}</li>`
}
