import { describe, expect, it } from 'vitest'
import { createTokenVault } from '../../src/connections/token-vault.ts'
import { readKeys } from '../../src/keys.ts'
import { fakeConnection } from '../support/fake-crm.ts'

const k1 = `k1:${Buffer.alloc(32, 1).toString('base64')}`
const k2 = `k2:${Buffer.alloc(32, 2).toString('base64')}`
const vault = createTokenVault(readKeys(k1))
const tokens = { accessToken: 'access-token-1', refreshToken: 'refresh-token-1' }
const row = fakeConnection('inbox-1', { crm: 'hubspot', ...vault.seal('inbox-1', 'hubspot', tokens) })

const unusable = expect.objectContaining({ code: 'reconnect_required' })

describe('stored tokens', () => {
  it('open in the row they were sealed for', () => {
    expect(vault.open(row)).toEqual(tokens)
  })

  it('are not to be read without the key', () => {
    expect(Buffer.from(row.sealedTokens).toString('latin1')).not.toMatch(/access|refresh|token/)
  })

  it.each([
    ['to another inbox', { ...row, inboxId: 'inbox-2' }],
    ['to another CRM', { ...row, crm: 'salesforce' }],
  ])('do not open in a row copied %s', (_where, copied) => {
    expect(() => vault.open(copied)).toThrow(unusable)
  })

  it('do not open with any byte altered', () => {
    for (let position = 0; position < row.sealedTokens.length; position += 1) {
      const sealedTokens = Uint8Array.from(row.sealedTokens)
      sealedTokens[position] = (sealedTokens[position] ?? 0) ^ 0x80
      expect(() => vault.open({ ...row, sealedTokens }), `byte ${position}`).toThrow(unusable)
    }
  })

  it.each([
    ['empty', new Uint8Array()],
    ['cut short', row.sealedTokens.subarray(0, 30)],
    ['plain', Buffer.from(JSON.stringify(tokens))],
  ])('do not open when what is stored is %s', (_what, sealedTokens) => {
    expect(() => vault.open({ ...row, sealedTokens: Uint8Array.from(sealedTokens) })).toThrow(unusable)
  })

  it('open while their key is among the keys, first or not, and not afterwards', () => {
    expect(createTokenVault(readKeys(`${k2},${k1}`)).open(row)).toEqual(tokens)
    expect(() => createTokenVault(readKeys(k2)).open(row)).toThrow(unusable)
  })

  it('hold the two tokens and nothing that came along', () => {
    const sealed = vault.seal('inbox-1', 'hubspot', { ...tokens, expiresAt: new Date() } as typeof tokens)
    expect(vault.open({ ...row, ...sealed })).toEqual(tokens)
  })
})
