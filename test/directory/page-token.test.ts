import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPageTokens, type Position, type TokenScope } from '../../src/directory/page-token.ts'
import { readKeys } from '../../src/keys.ts'
import { steady } from '../support/properties.ts'

const key = (id: string, fill: number) => `${id}:${Buffer.alloc(32, fill).toString('base64')}`
const tokens = createPageTokens(readKeys(key('k1', 1)))

const position = fc.record({ after: fc.string({ unit: 'grapheme', maxLength: 40 }), seen: fc.nat() })
const scope = fc.record({ epoch: fc.uuid(), question: fc.string({ unit: 'grapheme', maxLength: 40 }) })

const refused = expect.objectContaining({ code: 'cursor_invalid', status: 400 })
const here: TokenScope = { epoch: '01900000-0000-7000-8000-000000000001', question: 'text jane' }
const there: Position = { after: '0:300', seen: 300 }
const token = tokens.write(there, here)

describe('a page token', () => {
  it('leads back to its position', () => {
    fc.assert(
      fc.property(position, scope, (at, within) => {
        expect(tokens.read(tokens.write(at, within), within)).toEqual(at)
      }),
      steady(300),
    )
  })

  it('is one word that a URL takes as it is, and never digits alone', () => {
    fc.assert(
      fc.property(position, scope, (at, within) => {
        const written = tokens.write(at, within)
        expect(written).toMatch(/^[\w-]{30,}$/)
        expect(encodeURIComponent(written)).toBe(written)
      }),
      steady(300),
    )
  })

  it('is the same for the same page: a reader may compare', () => {
    expect(tokens.write(there, here)).toBe(token)
  })

  it('is refused for another inbox’s grant, and after a reconnect', () => {
    fc.assert(
      fc.property(position, scope, fc.uuid(), (at, within, epoch) => {
        fc.pre(epoch !== within.epoch)
        expect(() => tokens.read(tokens.write(at, within), { ...within, epoch })).toThrow(refused)
      }),
      steady(200),
    )
  })

  it('is refused for another question', () => {
    fc.assert(
      fc.property(position, scope, fc.string({ unit: 'grapheme', maxLength: 40 }), (at, within, question) => {
        fc.pre(question !== within.question)
        expect(() => tokens.read(tokens.write(at, within), { ...within, question })).toThrow(refused)
      }),
      steady(200),
    )
  })

  it('is refused with any byte altered, whatever it says then', () => {
    fc.assert(
      fc.property(position, scope, fc.nat(), fc.integer({ min: 1, max: 255 }), (at, within, where, change) => {
        const bytes = Buffer.from(tokens.write(at, within), 'base64url')
        const place = where % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ change
        expect(() => tokens.read(bytes.toString('base64url'), within)).toThrow(refused)
      }),
      steady(500),
    )
  })

  it('is refused with any character altered, cut or added', () => {
    for (let place = 0; place < token.length; place += 1) {
      const other = token[place] === 'A' ? 'B' : 'A'
      expect(() => tokens.read(token.slice(0, place) + other + token.slice(place + 1), here), `at ${place}`).toThrow(refused)
      expect(() => tokens.read(token.slice(0, place), here), `cut at ${place}`).toThrow(refused)
    }
    for (const other of [`${token}A`, `${token}=`, `${token} `, `${token}%3D`])
      expect(() => tokens.read(other, here)).toThrow(refused)
  })

  it('can’t be made without the key: not even by whoever knows what is in it', () => {
    const bytes = Buffer.from(token, 'base64url')
    for (const payload of ['[0,"0:300"]', '[300,"0:9000"]', '[300,"https://evil.example"]', 'null', '{}', '[]', '']) {
      const forged = Buffer.concat([bytes.subarray(0, 16), Buffer.from(payload)]).toString('base64url')
      expect(() => tokens.read(forged, here), payload).toThrow(refused)
    }
  })

  it('that was read and written before leads nowhere else for that', () => {
    const long = { ...here, question: 'text jane doe' }
    const written = tokens.write(there, long)
    for (let times = 0; times < 3; times += 1) {
      expect(tokens.read(written, long)).toEqual(there)
      const others: [string, TokenScope][] = [
        [written, here],
        [`doe ${written}`, here],
        [`jane doe ${written}`, { ...here, question: 'text' }],
        [`${written} `, long],
        [written, { ...long, epoch: '01900000-0000-7000-8000-000000000002' }],
      ]
      for (const [text, scope] of others) expect(() => tokens.read(text, scope), text).toThrow(refused)
    }
  })

  it('any other text is refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 120 }), fc.base64String({ maxLength: 120 })), (text) => {
        expect(() => tokens.read(text, here)).toThrow(refused)
      }),
      steady(300),
    )
  })

  it.each(['', '0', '2', '100', 'null', 'next', 'https://api.hubapi.com/crm?after=100', '../..', '[0,""]'])(
    '%j is refused',
    (text) => {
      expect(() => tokens.read(text, here)).toThrow(refused)
    },
  )

  it('outlives a change of keys as long as its key is kept', () => {
    const changed = createPageTokens(readKeys(`${key('k2', 2)},${key('k1', 1)}`))
    expect(changed.read(token, here)).toEqual(there)
    expect(() => createPageTokens(readKeys(key('k2', 2))).read(token, here)).toThrow(refused)
  })

  it('is no ticket, and no ticket is one', () => {
    const keys = readKeys(key('k1', 1))
    const ticket = keys.sign('connect ticket', '[300,"0:300"]', `${here.epoch} ${here.question}`)
    expect(() => tokens.read(ticket, here)).toThrow(refused)
    expect(keys.verify('connect ticket', token, `${here.epoch} ${here.question}`)).toBeNull()
  })
})
