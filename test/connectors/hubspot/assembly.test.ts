/** The compiled module is what its sources say, and both sides have the same texts. */
import { readFileSync } from 'node:fs'
import { main } from 'assemblyscript/asc'
import { expect, it } from 'vitest'
import { count, link } from '../../../src/connectors/hubspot/assembly/texts.ts'
import { texts } from '../../../src/connectors/hubspot/contact-texts.ts'

const room = 'src/connectors/hubspot'

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

it('every text has its number', () => {
  expect(texts).toHaveLength(link)
  expect(count).toBe(link + 1)
})
