// Signed tokens: readable with the secret that signed them, nothing without it.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readToken, signToken } from '../../src/sandbox/tokens.ts'

describe('tokens', () => {
  it('carry their claims and are as long as asked', () => {
    const token = signToken('secret', { kind: 'access' }, 320)
    expect(token.length).toBeGreaterThanOrEqual(320)
    expect(readToken('secret', token)).toMatchObject({ kind: 'access' })
  })

  it('say nothing under another secret', () => {
    expect(readToken('other', signToken('secret', { kind: 'access' }))).toBeNull()
  })

  it('stand no change, and no other text is one', () => {
    const token = signToken('secret', { kind: 'access' })
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'z', '.', '-', ''), (at, character) => {
        const altered = token.slice(0, at) + character + token.slice(at + 1)
        fc.pre(altered !== token)
        // The last character of a signature may carry unused bits, which decode to the same bytes.
        if (at === token.length - 1) return
        expect(readToken('secret', altered)).toBeNull()
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readToken('secret', text)).toBeNull()
      }),
    )
  })
})
