/** What the bridge relies on from every connector that writes on timelines, over real HTTP against the CRM's sandbox. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type Connector,
  type Session,
  SessionExpired,
  type Timeline,
  type TimelineEntry,
} from '../../src/connectors/connector.ts'
import { BridgeError, type ErrorCode } from '../../src/errors.ts'
import type { FaultOrder, Faults } from '../../src/sandbox/faults.ts'
import { errorOf } from '../support/promises.ts'
import type { Harness } from '../support/session.ts'

export interface TimelineSandbox {
  readonly connector: Connector
  readonly harness: Harness
  readonly faults: Faults
  /** Adds a contact; returns its contact_id. */
  add(): string
  remove(contactId: string): void
  /** The texts on a contact's timeline, title and all, in the order of writing. */
  timeline(contactId: string): string[]
  /** How often it was asked to write. */
  writes(): number
  clearCalls(): void
  /** Ends every access token. */
  expireTokens(): void
  renew(): Promise<void>
  close(): Promise<void>
}

export interface TimelineSubject {
  readonly label: string
  start(): Promise<TimelineSandbox>
  /** The request that writes. */
  readonly write: NonNullable<FaultOrder['match']>
  /** How this CRM says that the user may not write. */
  readonly forbidden: FaultOrder
  /** The most calls that an entry takes, with nothing remembered. */
  readonly calls: number
}

export function describeTimeline(subject: TimelineSubject): void {
  let sandbox: TimelineSandbox
  let timeline: Timeline
  let session: Session
  let nth = 0
  beforeAll(async () => {
    sandbox = await subject.start()
    timeline = sandbox.connector.timeline as Timeline
  })
  beforeEach(() => {
    session = sandbox.harness.session({ deadlineAfter: 2_000 })
    sandbox.clearCalls()
    sandbox.harness.clearSpent()
  })
  afterEach(() => sandbox.faults.clear())
  afterAll(() => sandbox.close())

  const began = new Date(Date.now() - 1_000)
  function entryFor(contactIds: readonly string[], changes: Partial<TimelineEntry> = {}): TimelineEntry {
    nth += 1
    const reference = `ABCDEF${String(nth).padStart(6, '0')}`
    const sentAt = new Date('2026-03-01T12:00:00Z')
    return {
      reference,
      contactIds,
      title: 'WhatsApp message from Ana (+1)',
      text: `12:00 Hi\n\n${reference}`,
      sentAt,
      ...changes,
    }
  }

  describe(`${subject.label}’s timeline`, () => {
    it('has an entry with everyone it is for, and nobody else', async () => {
      const [one, other, stranger] = [sandbox.add(), sandbox.add(), sandbox.add()]
      const entry = entryFor([one, other])
      await timeline.log(session, entry)
      for (const contact of [one, other]) {
        expect(sandbox.timeline(contact)).toHaveLength(1)
        for (const part of [entry.title, '12:00 Hi', entry.reference]) expect(sandbox.timeline(contact)[0]).toContain(part)
      }
      expect(sandbox.timeline(stranger)).toEqual([])
      expect(sandbox.writes()).toBe(1)
      expect(sandbox.harness.spent().length).toBeLessThanOrEqual(subject.calls)
    })

    it('takes whatever a customer may write as text, and shows it so', async () => {
      const contact = sandbox.add()
      const text = `<script>alert(1)</script> & "quotes" 'and' \\ %_ 🙂 &amp; {{x}}\nsecond line ${'long '.repeat(2_300)}end`
      const title = `WhatsApp message from ${`O’N"e'il\\ <b>`.repeat(40)}`
      const entry = entryFor([contact], { title, text })
      await timeline.log(session, entry)
      expect(sandbox.timeline(contact)[0]).toContain(text)
      expect(await timeline.isLogged(session, { ...entry, reference: 'second line' }, began)).toBe(true)
    })

    it('is asked whether an entry is there, and says yes to that one alone', async () => {
      const contact = sandbox.add()
      const [written, other] = [entryFor([contact]), entryFor([contact])]
      await timeline.log(session, written)
      expect(await timeline.isLogged(session, written, began)).toBe(true)
      // The contacts may be others by now.
      expect(await timeline.isLogged(session, { ...written, contactIds: [] }, began)).toBe(true)
      expect(await timeline.isLogged(session, other, began)).toBe(false)
    })

    it('has nothing for anybody when one of several contacts is gone', async () => {
      const [stays, gone] = [sandbox.add(), sandbox.add()]
      sandbox.remove(gone)
      const error = await errorOf(timeline.log(session, entryFor([stays, gone])))
      expect(error).toMatchObject({ code: 'contact_not_found' })
      expect(sandbox.timeline(stays)).toEqual([])
    })

    it.each<[string, FaultOrder, ErrorCode]>([
      ['429', { kind: 'status', status: 429 }, 'crm_rate_limited'],
      ['500', { kind: 'status', status: 500 }, 'crm_unavailable'],
      ['503', { kind: 'status', status: 503 }, 'crm_unavailable'],
      ['a reset', { kind: 'reset' }, 'crm_unavailable'],
      ['an answer that breaks off', { kind: 'half' }, 'crm_unavailable'],
      ['no answer', { kind: 'hang' }, 'crm_timeout'],
      ['nonsense', { kind: 'garbage' }, 'crm_protocol'],
      ['400', { kind: 'status', status: 400 }, 'crm_protocol'],
      ['its refusal', subject.forbidden, 'crm_forbidden'],
    ])('is written to once and never again, when that is answered with %s', async (_what, fault, code) => {
      const contact = sandbox.add()
      sandbox.faults.add({ ...fault, match: subject.write })
      const error = await errorOf(timeline.log(session, entryFor([contact])))
      expect(error).toBeInstanceOf(BridgeError)
      expect(error.code).toBe(code)
      expect(sandbox.writes()).toBe(1)
    })

    it('says when the session is over, before anything is written', async () => {
      const contact = sandbox.add()
      sandbox.expireTokens()
      expect(await errorOf(timeline.log(session, entryFor([contact])))).toBeInstanceOf(SessionExpired)
      await sandbox.renew()
      expect(sandbox.timeline(contact)).toEqual([])
    })
  })
}
