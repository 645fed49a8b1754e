import fc from 'fast-check'
import { expect, it } from 'vitest'
import { JsonWriter } from '../../src/connectors/json-writer.ts'
import { hostileText, steady } from '../support/properties.ts'

it('writes texts that parsing gives back, beyond the room that it began with', () => {
  const writer = new JsonWriter(8)
  fc.assert(
    fc.property(fc.array(hostileText(50), { maxLength: 8 }), (texts) => {
      writer.clear()
      writer.bytes(Buffer.from('['))
      for (const [index, text] of texts.entries()) {
        writer.bytes(Buffer.from(index === 0 ? '"' : ',"'))
        writer.text(text)
        writer.bytes(Buffer.from('"'))
      }
      writer.part(Buffer.from('<]>'), 1, 2)
      expect(JSON.parse(writer.take().toString())).toEqual(texts)
    }),
    steady(500),
  )
})

it('gives copies, which nothing that is written later changes', () => {
  const writer = new JsonWriter()
  writer.text('first')
  const first = writer.take()
  writer.clear()
  writer.text('other')
  expect([String(first), String(writer.take())]).toEqual(['first', 'other'])
})
