/** The compiled modules are what their sources say, and both sides have the same texts. */
import { readFileSync } from 'node:fs'
import { main } from 'assemblyscript/asc'
import { describe, expect, it } from 'vitest'
import { own } from '../../src/connectors/assembly/texts.ts'
import { sharedTexts } from '../../src/connectors/contact-texts.ts'
import * as hubSpot from '../../src/connectors/hubspot/assembly/texts.ts'
import { texts as hubSpotTexts } from '../../src/connectors/hubspot/contact-texts.ts'
import * as salesforce from '../../src/connectors/salesforce/assembly/texts.ts'
import { texts as salesforceTexts } from '../../src/connectors/salesforce/contact-texts.ts'

describe.each([
  { crm: 'hubspot', numbers: hubSpot, texts: hubSpotTexts },
  { crm: 'salesforce', numbers: salesforce, texts: salesforceTexts },
])('$crm', ({ crm, numbers, texts }) => {
  const room = `src/connectors/${crm}`

  it('contact-writer.wasm is assembly/, compiled: else `npm run assembly` has to be run', async () => {
    const made: Record<string, Uint8Array> = {}
    const { error, stderr } = await main(['--config', `${room}/assembly/asconfig.json`], {
      writeFile: (name, contents) => {
        made[name] = Buffer.from(contents)
      },
    })
    expect(error, String(stderr)).toBeNull()
    expect(Object.keys(made)).toEqual([`${room}/contact-writer.wasm`])
    expect(Buffer.from(made[`${room}/contact-writer.wasm`] ?? []).equals(readFileSync(`${room}/contact-writer.wasm`))).toBe(true)
  })

  it('every text has its number, behind those that all have in common', () => {
    expect(Object.values(numbers)).toEqual(texts.map((_, index) => own + index))
  })
})

it('every text that all have in common has its number', () => {
  expect(sharedTexts).toHaveLength(own)
})
