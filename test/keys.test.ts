import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newKey, readKeys, Unsealable } from '../src/keys.ts'
import { steady } from './support/properties.ts'

const secret = (fill: number): string => Buffer.alloc(32, fill).toString('base64')
const k1 = `k1:${secret(1)}`
const k2 = `k2:${secret(2)}`
const keys = readKeys(k1)

const text = fc.string({ unit: 'grapheme', maxLength: 60 })

describe('what is sealed', () => {
  it('opens where it belongs, whatever it is', () => {
    fc.assert(
      fc.property(text, text, (plaintext, context) => {
        expect(keys.open(keys.seal(plaintext, context), context)).toBe(plaintext)
      }),
      steady(200),
    )
  })

  it('opens nowhere else', () => {
    fc.assert(
      fc.property(text, text, text, (plaintext, context, other) => {
        fc.pre(context !== other)
        const sealed = keys.seal(plaintext, context)
        expect(() => keys.open(sealed, other)).toThrow(Unsealable)
      }),
      steady(200),
    )
  })

  it('does not open with any byte altered, missing or added', () => {
    const sealed = keys.seal('a token', 'inbox 1')
    for (let position = 0; position < sealed.length; position += 1) {
      const altered = Buffer.from(sealed)
      altered[position] = (altered[position] ?? 0) ^ 1
      expect(() => keys.open(altered, 'inbox 1'), `byte ${position} altered`).toThrow(Unsealable)
      expect(() => keys.open(sealed.subarray(0, position), 'inbox 1'), `cut at ${position}`).toThrow(Unsealable)
    }
    expect(() => keys.open(Buffer.concat([sealed, Buffer.from([0])]), 'inbox 1')).toThrow(Unsealable)
  })

  it('looks different every time and shows nothing of what is in it', () => {
    const once = keys.seal('a very secret token', 'inbox 1')
    expect(once.equals(keys.seal('a very secret token', 'inbox 1'))).toBe(false)
    expect(once.toString('latin1')).not.toContain('secret')
  })
})

describe('keys that change', () => {
  const sealed = keys.seal('a token', 'inbox 1')

  it('the first seals, all of them open', () => {
    const changing = readKeys(`${k2}, ${k1}`)
    expect(changing.open(sealed, 'inbox 1')).toBe('a token')
    expect(readKeys(k2).open(changing.seal('another', 'inbox 1'), 'inbox 1')).toBe('another')
  })

  it('a removed key opens nothing, and is named', () => {
    expect(() => readKeys(k2).open(sealed, 'inbox 1')).toThrow(/key k1 is not among/)
  })

  it('another secret under the same id opens nothing', () => {
    expect(() => readKeys(`k1:${secret(3)}`).open(sealed, 'inbox 1')).toThrow(Unsealable)
  })

  it('the first signs, all of them verify', () => {
    const changing = readKeys(`${k2},${k1}`)
    expect(changing.verify('ticket', keys.sign('ticket', 'inbox 1'))).toBe('inbox 1')
    expect(readKeys(k2).verify('ticket', changing.sign('ticket', 'inbox 1'))).toBe('inbox 1')
    expect(readKeys(k2).verify('ticket', keys.sign('ticket', 'inbox 1'))).toBeNull()
  })
})

describe('what is signed', () => {
  it('verifies with its payload, in characters that a URL takes', () => {
    fc.assert(
      fc.property(text, text, text, (purpose, payload, context) => {
        const signed = keys.sign(purpose, payload, context)
        expect(signed).toMatch(/^[\w-]+$/)
        expect(keys.verify(purpose, signed, context)).toBe(payload)
      }),
      steady(200),
    )
  })

  it('is nothing for another purpose or context', () => {
    fc.assert(
      fc.property(text, text, text, (payload, here, there) => {
        fc.pre(here !== there)
        expect(keys.verify('ticket', keys.sign('ticket', payload, here), there)).toBeNull()
        expect(keys.verify(there, keys.sign(here, payload))).toBeNull()
      }),
      steady(200),
    )
  })

  it('is nothing with any character altered, missing, added or spelled otherwise', () => {
    const signed = keys.sign('ticket', 'inbox 12', 'here')
    for (let position = 0; position < signed.length; position += 1) {
      for (const character of 'AQgw_') {
        const altered = signed.slice(0, position) + character + signed.slice(position + 1)
        if (altered !== signed) expect(keys.verify('ticket', altered, 'here'), altered).toBeNull()
      }
      expect(keys.verify('ticket', signed.slice(0, position), 'here'), `cut at ${position}`).toBeNull()
    }
    for (const other of [`${signed}A`, `${signed}=`, ` ${signed}`, `${signed}\n`, signed.replace(/.$/, (last) => `.${last}`)])
      expect(keys.verify('ticket', other, 'here'), JSON.stringify(other)).toBeNull()
  })

  it('keeps context and payload apart', () => {
    const bytes = Buffer.from(keys.sign('ticket', 'bc', 'a'), 'base64url')
    const shifted = Buffer.concat([bytes.subarray(0, 16), Buffer.from('c')]).toString('base64url')
    expect(keys.verify('ticket', shifted, 'ab')).toBeNull()
  })

  it('any text of strangers is nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (stranger) => {
        expect(keys.verify('ticket', stranger)).toBeNull()
      }),
      steady(200),
    )
  })
})

describe('a derived secret', () => {
  it('stays the same for a key and a use, and differs for others', () => {
    const again = readKeys(`${k1},${k2}`)
    expect(again.derive('cookies')).toEqual(keys.derive('cookies'))
    expect(keys.derive('cookies')).toHaveLength(32)
    const others = [keys.derive('cookie'), readKeys(k2).derive('cookies'), Buffer.alloc(32, 1)]
    for (const other of others) expect(other.equals(keys.derive('cookies'))).toBe(false)
  })
})

describe('reading keys', () => {
  it('takes a new key as it is made', () => {
    const made = newKey('k7')
    expect(made).toMatch(/^k7:/)
    expect(readKeys(` ${made} `).derive('x')).toHaveLength(32)
    expect(newKey('k7')).not.toBe(made)
  })

  it.each([
    ['nothing', ''],
    ['no id', secret(1)],
    ['an empty id', `:${secret(1)}`],
    ['an id with a space', `k 1:${secret(1)}`],
    ['31 bytes', `k1:${Buffer.alloc(31, 1).toString('base64')}`],
    ['33 bytes', `k1:${Buffer.alloc(33, 1).toString('base64')}`],
    ['no base64', 'k1:correct horse battery staple'],
    ['a comma too many', `${k1},`],
    ['two keys of one id', `${k1},k1:${secret(2)}`],
  ])('refuses %s, without repeating it', (_what, setting) => {
    expect(() => readKeys(setting)).toThrow(TypeError)
    try {
      readKeys(setting)
    } catch (error) {
      const message = (error as Error).message
      for (const part of setting.split(/[:,]/).filter((part) => part.length > 8)) expect(message).not.toContain(part)
    }
  })
})
