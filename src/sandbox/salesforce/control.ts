// The Salesforce sandbox's page about itself.

import type { FastifyInstance } from 'fastify'
import { addControlPage, type ControlButton } from '../control-page.ts'
import type { Faults } from '../faults.ts'
import { html } from '../html.ts'
import { CONSENT_REFUSALS, type ConsentRefusal } from './consent.ts'
import { framed } from './frame.ts'
import type { SalesforceOrg } from './org.ts'
import type { Quota } from './quota.ts'
import type { Schema } from './sobject.ts'

const API = '^/services/data/'

/** Bad days to choose from. */
const BAD_DAYS: ReadonlyMap<string, ControlButton> = new Map([
  ['slow', { label: 'Answer 3 s late', press: { kind: 'delay', delayMs: 3000, match: { path: API } } }],
  ['down', { label: 'Be down (503)', press: { kind: 'status', status: 503, match: { path: '/' } } }],
  ['limited', { label: 'Say “daily quota used up” (403)', press: { kind: 'status', status: 403, match: { path: API } } }],
  ['html', { label: 'Answer with a proxy’s error page', press: { kind: 'html', match: { path: API } } }],
  ['hang', { label: 'Never answer', press: { kind: 'hang', match: { path: API } } }],
  ['reset', { label: 'Drop the next 3 connections', press: { kind: 'reset', match: { path: API }, times: 3 } }],
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

/** Adds the page. */
export function addControl(app: FastifyInstance, options: ControlOptions): void {
  const { org, schema, quota, faults, endSessions, consentRefusal, refuseConsent } = options
  const refusals = Object.entries(CONSENT_REFUSALS) as [ConsentRefusal, { readonly description: string }][]
  addControlPage(app, {
    title: 'Salesforce sandbox',
    framed,
    faults,
    facts: () => [
      ['Org', org.name],
      ['Org id', org.orgId],
      ...[...schema.values()]
        .filter(({ searched }) => searched !== null)
        .map(({ labelPlural, records }) => [labelPlural, records.size] as const),
      ['API calls in 24 hours', quota.used],
      ['Daily quota', quota.max],
    ],
    troubles: () => {
      const refusal = consentRefusal()
      if (refusal === null) return []
      return [html`<li><strong>Consent</strong> ends with <code>${CONSENT_REFUSALS[refusal].error}</code></li>`]
    },
    mend: () => refuseConsent(null),
    buttons: {
      'Break something': new Map([...BAD_DAYS, ['end-sessions', { label: 'End all sessions', press: endSessions }]]),
      'Refuse consent': new Map(
        refusals.map(([refusal, { description }]) => [refusal, { label: description, press: () => refuseConsent(refusal) }]),
      ),
    },
    examplePath: '/services/data/',
  })
}
