// The HubSpot sandbox's page about itself.

import type { FastifyInstance } from 'fastify'
import { addControlPage, type ControlButton } from '../control-page.ts'
import type { Faults } from '../faults.ts'
import type { HubSpotAccount } from './account.ts'
import { framed } from './frame.ts'
import type { ObjectRecord, ObjectType } from './object-type.ts'

const API = '^/(crm|account-info)/'

/** Bad days to choose from. */
const BAD_DAYS: ReadonlyMap<string, ControlButton> = new Map([
  ['slow', { label: 'Answer 3 s late', press: { kind: 'delay', delayMs: 3000, match: { path: API } } }],
  ['down', { label: 'Be down (503)', press: { kind: 'status', status: 503, match: { path: '/' } } }],
  ['limited', { label: 'Say “too many requests” (429)', press: { kind: 'status', status: 429, match: { path: API } } }],
  ['html', { label: 'Answer with a proxy’s error page', press: { kind: 'html', match: { path: API } } }],
  ['hang', { label: 'Never answer', press: { kind: 'hang', match: { path: API } } }],
  ['expired', { label: 'Call the next token expired', press: { kind: 'status', status: 401, match: { path: API }, times: 1 } }],
  ['reset', { label: 'Drop the next 3 connections', press: { kind: 'reset', match: { path: API }, times: 3 } }],
])

/** What the page tells about. */
export interface ControlOptions {
  readonly account: HubSpotAccount
  readonly contacts: ObjectType
  readonly companies: ObjectType
  readonly faults: Faults
  /** Changes a contact, as somebody at HubSpot would. */
  readonly updateContact: (id: string, properties: Readonly<Record<string, string>>) => ObjectRecord | null
}

/** Adds the page. */
export function addControl(app: FastifyInstance, { account, contacts, companies, faults, updateContact }: ControlOptions): void {
  const rename = () => {
    const [first] = contacts.records.live()
    if (first !== undefined) updateContact(first.id, { firstname: `Renamed at ${new Date().toLocaleTimeString('en')}` })
  }
  addControlPage(app, {
    title: 'HubSpot sandbox',
    framed,
    faults,
    facts: () => [
      ['Account', account.name],
      ['Portal', String(account.portalId)],
      ['Contacts', contacts.records.size],
      ['Companies', companies.records.size],
    ],
    buttons: {
      'Change something': new Map([['rename', { label: 'Rename the first contact', press: rename }]]),
      'Break something': BAD_DAYS,
    },
    examplePath: '/crm/',
  })
}
