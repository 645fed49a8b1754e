/** Every language says everything that English says, and nobody reads English in another. */
import { describe, expect, it } from 'vitest'
import { connectorModules } from '../../src/connectors/index.ts'
import { de } from '../../src/texts/de.ts'
import { en } from '../../src/texts/en.ts'
import { formats } from '../../src/texts/format.ts'
import { textsFor } from '../../src/texts/texts.ts'
import { hubSpotConnector } from '../support/hubspot.ts'
import { salesforceConnector } from '../support/salesforce.ts'

/** Each text by its place; functions as what they say of the same things. */
function said(texts: unknown, place = ''): [place: string, text: string][] {
  if (typeof texts === 'string') return [[place, texts]]
  if (texts instanceof Function) {
    const about = Array.from({ length: texts.length }, (_, nth) => Object.assign(new Date(0), { valueOf: () => nth + 2 }))
    return said(texts(...about), `${place}()`)
  }
  if (typeof texts !== 'object' || texts === null) return []
  return Object.entries(texts).flatMap(([name, part]) => said(part, `${place}.${name}`))
}

/** Names and words that are the same in both. */
const alike = ['.product', '.inbox.facts.crm', '.admin.create.name', '.admin.create.crm']

describe('German', () => {
  const english = said({ ...en, format: {}, language: {} })
  const german = new Map(said({ ...de, format: {}, language: {} }))

  it('has every text', () => {
    expect([...german.keys()]).toEqual(english.map(([place]) => place))
    expect(english.length).toBeGreaterThan(100)
  })

  it.each(english.filter(([place]) => !alike.includes(place)))('%s is translated', (place, text) => {
    expect(german.get(place)).toMatch(/\S/)
    expect(german.get(place)).not.toBe(text)
  })

  it('of every connector is complete', () => {
    const connectors = [hubSpotConnector({}), salesforceConnector({})]
    expect(connectors.map(({ id }) => id)).toEqual(connectorModules.map(({ id }) => id))
    for (const { oauth } of connectors) {
      for (const permission of oauth.permissions) expect(permission.de).not.toBe(permission.en)
      if (oauth.logins !== null) expect(oauth.logins.own.refusal.de).not.toBe(oauth.logins.own.refusal.en)
    }
  })
})

describe('the language', () => {
  it.each([
    ['', 'en'],
    ['de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['en-GB,en;q=0.9,de;q=0.8', 'en'],
    ['fr-FR,fr;q=0.9,de;q=0.5,en;q=0.3', 'de'],
    ['fr', 'en'],
    ['*', 'en'],
    ['de;q=0', 'en'],
    [';;;,,,q=', 'en'],
    ['x'.repeat(5000), 'en'],
  ])('of “%s” is %s', (accepted, language) => {
    expect(textsFor({ headers: { 'accept-language': accepted } }).language).toBe(language)
  })

  it('is English for whoever says nothing', () => {
    expect(textsFor({ headers: {} })).toBe(en)
  })
})

describe('a time', () => {
  const now = Date.UTC(2026, 10, 22, 12)
  it.each([
    [0, 'now', 'jetzt'],
    [-5_000, 'now', 'jetzt'],
    [59_000, '59 seconds ago', 'vor 59 Sekunden'],
    [60_000, '1 minute ago', 'vor 1 Minute'],
    [7_199_000, '1 hour ago', 'vor 1 Stunde'],
    [3 * 86_400_000, '3 days ago', 'vor 3 Tagen'],
  ])('%i ms ago', (past, inEnglish, inGerman) => {
    expect(formats('en').ago(new Date(now - past), now)).toBe(inEnglish)
    expect(formats('de').ago(new Date(now - past), now)).toBe(inGerman)
  })

  it('is written to the minute, in a zone that is named', () => {
    expect(formats('en').moment(new Date(now))).toMatch(/Nov 22, 2026.*12:00 UTC/)
    expect(formats('de').moment(new Date(now))).toMatch(/22\. Nov\. 2026.*12:00 UTC/)
  })

  it.each([
    [0.4, '0 ms', '0 ms'],
    [999, '999 ms', '999 ms'],
    [1_240, '1.2 s', '1,2 s'],
  ])('of %d ms is a duration', (milliseconds, inEnglish, inGerman) => {
    expect([formats('en').duration(milliseconds), formats('de').duration(milliseconds)]).toEqual([inEnglish, inGerman])
  })
})
